package xapi

const (
	contextPropertiesV1 = "registration, instructor, team, contextActivities, revision, platform, language, statement, extensions"
	contextPropertiesV2 = contextPropertiesV1 + ", contextAgents, contextGroups"
)

// contextOf reads the context of a statement.
func (p *parser) contextOf(s *clauses) {
	c := &Context{}
	s.Context = c
	if !p.object(clauseContext) {
		return
	}
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "registration":
			c.Registration = p.formatted(clauseContext, uuidFault)
		case "instructor":
			actor := p.actor(clauseContext)
			c.Instructor = &actor
		case "team":
			c.Team = p.team()
		case "contextActivities":
			c.ContextActivities = p.contextActivities()
		case "revision":
			c.Revision, s.hasRevision = p.str(clauseContext), true
		case "platform":
			c.Platform, s.hasPlatform = p.str(clauseContext), true
		case "language":
			c.Language = p.formatted(clauseContext, languageTagFault)
		case "statement":
			c.Statement = p.statementRef()
		case "extensions":
			c.Extensions = p.extensions()
		default:
			p.contextMember(name, c)
		}
	}
}

// contextMember reads what only version 2.0 has in a context.
func (p *parser) contextMember(name string, c *Context) {
	switch {
	case p.version != V2:
		p.unknown(name, contextPropertiesV1, clauseFormatting)
	case name == "contextAgents":
		c.Agents = p.contextActors("contextAgent", "agent")
	case name == "contextGroups":
		c.Groups = p.contextActors("contextGroup", "group")
	default:
		p.unknown(name, contextPropertiesV2, clauseFormatting)
	}
}

// team reads a team, which is a Group.
func (p *parser) team() *Actor {
	if p.kind() == '{' && p.peekMember("objectType") != "Group" {
		p.report(clauseContext, "", `a team must be a Group: give it the objectType "Group"`, p.skip())
		return &Actor{ObjectType: "Group"}
	}
	group := p.group(clauseContext)
	return &group
}

// contextActivities reads the activities that a statement is related to.
func (p *parser) contextActivities() *ContextActivities {
	c := &ContextActivities{}
	if !p.object(clauseContextActivities) {
		return c
	}
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "parent":
			c.Parent = p.activities(c)
		case "grouping":
			c.Grouping = p.activities(c)
		case "category":
			c.Category = p.activities(c)
		case "other":
			c.Other = p.activities(c)
		default:
			p.unknown(name, "parent, grouping, category, other", clauseContextActivities)
		}
	}
	return c
}

// activities reads an array of Activities, or a single one, which it notes.
func (p *parser) activities(c *ContextActivities) []Activity {
	if p.kind() == '{' {
		c.Alone = true
		return []Activity{p.activity(false)}
	}
	activities := []Activity{}
	if !p.array("Activities, or one Activity", clauseContextActivities) {
		return activities
	}
	for p.element() {
		activities = append(activities, p.activity(false))
	}
	return activities
}

// contextActors reads contextAgents or contextGroups: objects of a type with an
// actor under key.
func (p *parser) contextActors(objectType, key string) []ContextActor {
	actors := []ContextActor{}
	if !p.array(objectType+" objects", clauseContextActors) {
		return actors
	}
	for p.element() {
		actors = append(actors, p.contextActor(objectType, key))
	}
	return actors
}

// contextActor reads one contextAgent or contextGroup.
func (p *parser) contextActor(objectType, key string) (actor ContextActor) {
	if !p.object(clauseContextActors) {
		return actor
	}
	var hasType, hasActor bool
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "objectType":
			p.oneOf(clauseContextActors, objectType)
			hasType = true
		case key:
			actor.Actor, hasActor = p.related(key), true
		case "relevantTypes":
			actor.RelevantTypes = p.relevantTypes()
		default:
			p.unknown(name, "objectType, "+key+", relevantTypes", clauseFormatting)
		}
	}
	if !hasType {
		p.missing(clauseContextActors, `objectType is missing: it must say "`+objectType+`"`)
	}
	if !hasActor {
		p.missing(clauseContextActors, key+" is missing: say who is related to the statement")
	}
	return actor
}

// related reads the Agent or the Group of a contextAgent or contextGroup.
func (p *parser) related(key string) Actor {
	isGroup := p.peekMember("objectType") == "Group"
	if p.kind() == '{' && isGroup != (key == "group") {
		p.report(clauseContextActors, "", "contextAgents hold Agents and contextGroups hold Groups, by their objectType: correct it, or move it to the other", p.skip())
		return Actor{}
	}
	return p.actor(clauseContextActors)
}

// relevantTypes reads the types of activity that an actor is related by.
func (p *parser) relevantTypes() []string {
	types := []string{}
	if !p.array("IRIs", clauseContextActors) {
		return types
	}
	for p.element() {
		types = append(types, p.formatted(clauseContextActors, iriFault))
	}
	if len(types) == 0 {
		p.missing(clauseContextActors, "must not be empty: list at least one IRI, or leave it out")
	}
	return types
}

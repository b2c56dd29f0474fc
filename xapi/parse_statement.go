package xapi

// voided is the verb of statements that void another.
const voided = "http://adlnet.gov/expapi/verbs/voided"

// The properties of a statement and of a SubStatement.
const (
	statementProperties    = "id, actor, verb, object, result, context, timestamp, stored, authority, version, attachments"
	subStatementProperties = "objectType, actor, verb, object, result, context, timestamp, attachments"
)

// clauses are what a statement and a SubStatement have in common.
type clauses struct {
	SubStatement
	hasActor, hasVerb, hasObject bool
	hasRevision, hasPlatform     bool
}

// statement reads a statement.
func (p *parser) statement() *Statement {
	p.kind()
	start := p.pos
	s := &Statement{}
	var common clauses
	if !p.object(clauseStatement) {
		return s
	}
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "id":
			s.ID = p.formatted(clauseID, uuidFault)
		case "stored":
			s.Stored = p.timestamp(clauseStored)
		case "authority":
			s.Authority = p.authority()
		case "version":
			s.Version = p.formatted(clauseVersionProperty, p.version.releaseFault)
		default:
			p.commonMember(name, &common, statementProperties, false)
		}
	}
	p.finishClauses(&common)
	s.Actor, s.Verb, s.Object = common.Actor, common.Verb, common.Object
	s.Result, s.Context = common.Result, common.Context
	s.Timestamp, s.Attachments = common.Timestamp, common.Attachments
	s.Raw = p.since(start)
	return s
}

// subStatement reads a SubStatement.
func (p *parser) subStatement() *SubStatement {
	var common clauses
	if !p.object(clauseSubStatement) {
		return &common.SubStatement
	}
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "objectType":
			p.skip() // it led here
		case "id", "stored", "version", "authority":
			p.report(clauseSubStatement, "", "a SubStatement has no "+name+": remove it", p.skip())
		default:
			p.commonMember(name, &common, subStatementProperties, true)
		}
	}
	p.finishClauses(&common)
	return &common.SubStatement
}

// commonMember reads a member that statements and SubStatements share.
func (p *parser) commonMember(name string, s *clauses, known string, inner bool) {
	switch name {
	case "actor":
		s.Actor, s.hasActor = p.actor(clauseActor), true
	case "verb":
		s.Verb, s.hasVerb = p.verb(), true
	case "object":
		s.Object, s.hasObject = p.statementObject(inner), true
	case "result":
		s.Result = p.result()
	case "context":
		p.contextOf(s)
	case "timestamp":
		s.Timestamp = p.timestamp(clauseTimestamp)
	case "attachments":
		s.Attachments = p.attachments()
	default:
		p.unknown(name, known, clauseFormatting)
	}
}

// finishClauses checks what takes several properties of a statement.
func (p *parser) finishClauses(s *clauses) {
	if !s.hasActor {
		p.missing(clauseStatement, "actor is missing: say who did it, as an Agent or a Group")
	}
	if !s.hasVerb {
		p.missing(clauseStatement, "verb is missing: say what was done, with the verb's id")
	}
	if !s.hasObject {
		p.missing(clauseStatement, "object is missing: say what it was done to")
		return
	}
	if s.Verb.ID == voided && s.Object.StatementRef == "" {
		p.report(clauseVoiding, ".object", "a statement with the verb voided must be about a StatementRef: name the statement to void by its id", s.Object.kind())
	}
	if s.Context == nil || s.Object.Activity != nil {
		return
	}
	if s.hasRevision {
		p.report(clauseContext, ".context.revision", "only allowed when the object is an Activity: remove it", quoted(s.Context.Revision))
	}
	if s.hasPlatform {
		p.report(clauseContext, ".context.platform", "only allowed when the object is an Activity: remove it", quoted(s.Context.Platform))
	}
}

// kind gives the objectType.
func (o *Object) kind() string {
	switch {
	case o.Activity != nil:
		return "Activity"
	case o.Actor != nil:
		return o.Actor.ObjectType
	case o.StatementRef != "":
		return "StatementRef"
	case o.SubStatement != nil:
		return "SubStatement"
	}
	return ""
}

// verb reads a verb.
func (p *parser) verb() (verb Verb) {
	if !p.object(clauseVerb) {
		return verb
	}
	has := false
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "id":
			verb.ID, has = p.formatted(clauseVerb, iriFault), true
		case "display":
			verb.Display = p.languageMap(clauseVerb)
		default:
			p.unknown(name, "id, display", clauseFormatting)
		}
	}
	if !has {
		p.missing(clauseVerb, "id is missing: give the verb's IRI")
	}
	return verb
}

// timestamp reads a timestamp.
func (p *parser) timestamp(c clause) string {
	return p.formatted(c, p.version.timestampFault)
}

// authority reads who vouches for a statement.
func (p *parser) authority() *Actor {
	actor := p.actor(clauseAuthority)
	if actor.ObjectType != "Group" {
		return &actor
	}
	if actor.IFI() != "" {
		p.report(clauseAuthority, "", "a Group as authority must be anonymous, of an application and its user: remove its identifier", string(actor.IFI()))
	}
	if len(actor.Member) != 2 {
		p.report(clauseAuthority, ".member", "a Group as authority must have exactly two members, an application and its user", itoa(len(actor.Member))+" members")
	}
	return &actor
}

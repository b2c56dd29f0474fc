package xapi

// statementObject reads what a statement is about: an Activity unless its
// objectType says otherwise. inner says that the statement is a SubStatement.
func (p *parser) statementObject(inner bool) (object Object) {
	switch p.peekMember("objectType") {
	case "Agent":
		agent := p.agent(clauseObjectAgent)
		object.Actor = &agent
	case "Group":
		group := p.group(clauseObjectAgent)
		object.Actor = &group
	case "StatementRef":
		object.StatementRef = p.statementRef()
	case "SubStatement":
		if inner {
			p.report(clauseSubStatement, ".objectType", "a SubStatement is about no other SubStatement: name a statement by StatementRef instead", `"SubStatement"`)
			p.skip()
			return object
		}
		object.SubStatement = p.subStatement()
	default:
		activity := p.activity(true)
		object.Activity = &activity
	}
	return object
}

// statementRef reads a reference to a statement and gives its id.
func (p *parser) statementRef() (id string) {
	if !p.object(clauseStatementRef) {
		return ""
	}
	var hasType, hasID bool
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "objectType":
			p.oneOf(clauseStatementRef, "StatementRef")
			hasType = true
		case "id":
			id, hasID = p.formatted(clauseStatementRef, uuidFault), true
		default:
			p.unknown(name, "objectType, id", clauseFormatting)
		}
	}
	if !hasType {
		p.missing(clauseStatementRef, `objectType is missing: a reference to a statement must say "StatementRef"`)
	}
	if !hasID {
		p.missing(clauseStatementRef, "id is missing: give the id of the statement referred to")
	}
	return id
}

// activity reads an Activity. asObject says that it may be anything else that a
// statement can be about, for the words of a refusal.
func (p *parser) activity(asObject bool) (activity Activity) {
	if !p.object(clauseActivity) {
		return activity
	}
	has := false
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "objectType":
			p.activityType(asObject)
		case "id":
			activity.ID, has = p.formatted(clauseActivity, iriFault), true
		case "definition":
			activity.Definition = p.definition()
		default:
			p.unknown(name, "objectType, id, definition", clauseFormatting)
		}
	}
	if !has {
		p.missing(clauseActivity, "id is missing: give the Activity's IRI, or the objectType of what else it is")
	}
	return activity
}

// activityType reads the objectType of an Activity.
func (p *parser) activityType(asObject bool) {
	if asObject {
		p.oneOf(clauseObject, "Activity", "Agent", "Group", "SubStatement", "StatementRef")
		return
	}
	p.oneOf(clauseActivity, "Activity")
}

package xapi

// FormatIDs reduces a statement to what identifies its agents, groups,
// activities and verbs, as the format "ids" of the Statements resource asks: an
// Agent or identified Group keeps its objectType and its identifier, an
// anonymous Group the same of each member, an activity and a verb their id. All
// else stays as it is.
//
// Errors: *Problem when body is no JSON object.
func FormatIDs(body []byte) ([]byte, error) {
	statement, err := jsonObject(body, "a statement")
	if err != nil {
		return nil, err
	}
	return idsOfStatement(make([]byte, 0, len(statement)), statement), nil
}

// idsOfStatement reduces a statement or SubStatement.
func idsOfStatement(dst, statement []byte) []byte {
	return rewrite(dst, statement, func(dst []byte, m member) []byte {
		switch string(m.key()) {
		case "actor", "authority":
			return idsOfActor(dst, m.value)
		case "verb":
			return idOnly(dst, m.value)
		case "object":
			return idsOfObject(dst, m.value)
		case "context":
			return idsOfContext(dst, m.value)
		}
		return append(dst, m.value...)
	})
}

func idsOfObject(dst, object []byte) []byte {
	switch objectType(object) {
	case "", "Activity":
		return idOnly(dst, object)
	case "Agent", "Group":
		return idsOfActor(dst, object)
	case "SubStatement":
		return idsOfStatement(dst, object)
	}
	return append(dst, object...)
}

func idsOfContext(dst, context []byte) []byte {
	return rewrite(dst, context, func(dst []byte, m member) []byte {
		switch string(m.key()) {
		case "instructor", "team":
			return idsOfActor(dst, m.value)
		case "contextActivities":
			return rewrite(dst, m.value, func(dst []byte, m member) []byte { return rewriteEach(dst, m.value, idOnly) })
		case "contextAgents", "contextGroups":
			return rewriteEach(dst, m.value, idsOfContextActor)
		}
		return append(dst, m.value...)
	})
}

func idsOfContextActor(dst, actor []byte) []byte {
	return rewrite(dst, actor, func(dst []byte, m member) []byte {
		if m.is("agent") || m.is("group") {
			return idsOfActor(dst, m.value)
		}
		return append(dst, m.value...)
	})
}

// idsOfActor leaves members to a Group that has no identifier of its own.
func idsOfActor(dst, actor []byte) []byte {
	identified := false
	for m := range members(actor) {
		identified = identified || isIdentifier(m)
	}
	return rewrite(dst, actor, func(dst []byte, m member) []byte {
		switch {
		case m.is("objectType") || isIdentifier(m):
			return append(dst, m.value...)
		case m.is("member") && !identified:
			return rewriteEach(dst, m.value, idsOfActor)
		}
		return dst
	})
}

// isIdentifier tells whether a member of an actor identifies it.
func isIdentifier(m member) bool {
	switch string(m.key()) {
	case "mbox", "mbox_sha1sum", "openid", "account":
		return true
	}
	return false
}

// idOnly leaves an object nothing but its id.
func idOnly(dst, object []byte) []byte {
	return rewrite(dst, object, func(dst []byte, m member) []byte {
		if m.is("id") {
			return append(dst, m.value...)
		}
		return dst
	})
}

// objectType gives the object type of a statement's object, "" for none.
func objectType(object []byte) string { return textOf(object, "objectType") }

// textOf gives a member of an object that is a text, "" for none.
func textOf(object []byte, name string) string {
	for m := range members(object) {
		if m.is(name) {
			return unquote(m.value)
		}
	}
	return ""
}

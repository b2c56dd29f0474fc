package xapi

// AppendActivities appends the ids of the activities that a statement names: its
// object, those of its context, and those of its SubStatement, in the order of
// the text and as often as they are there. They are those whose definitions
// [FormatCanonical] asks for. Of text that is no statement it appends whatever
// looks like one.
func AppendActivities(ids []string, statement []byte) []string {
	for m := range members(statement) {
		switch string(m.key()) {
		case "object":
			ids = appendObjectActivities(ids, m.value)
		case "context":
			ids = appendContextActivities(ids, m.value)
		}
	}
	return ids
}

func appendObjectActivities(ids []string, object []byte) []string {
	switch objectType(object) {
	case "", "Activity":
		return appendActivity(ids, object)
	case "SubStatement":
		return AppendActivities(ids, object)
	}
	return ids
}

func appendContextActivities(ids []string, context []byte) []string {
	for m := range members(context) {
		if !m.is("contextActivities") {
			continue
		}
		for related := range members(m.value) {
			if isObject(related.value) {
				ids = appendActivity(ids, related.value)
			}
			for activity := range elements(related.value) {
				ids = appendActivity(ids, activity)
			}
		}
	}
	return ids
}

func appendActivity(ids []string, activity []byte) []string {
	if id := textOf(activity, "id"); id != "" {
		ids = append(ids, id)
	}
	return ids
}

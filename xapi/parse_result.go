package xapi

// result reads a result.
func (p *parser) result() *Result {
	r := &Result{}
	if !p.object(clauseResult) {
		return r
	}
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "score":
			r.Score = p.score()
		case "success":
			r.Success = p.boolean(clauseResult)
		case "completion":
			r.Completion = p.boolean(clauseResult)
		case "response":
			r.Response = p.str(clauseResult)
		case "duration":
			r.Duration = p.formatted(clauseDuration, durationFault)
		case "extensions":
			r.Extensions = p.extensions()
		default:
			p.unknown(name, "score, success, completion, response, duration, extensions", clauseFormatting)
		}
	}
	return r
}

// score reads a score and checks its parts against each other.
func (p *parser) score() *Score {
	s := &Score{}
	if !p.object(clauseScore) {
		return s
	}
	for name, ok := p.member(); ok; name, ok = p.member() {
		switch name {
		case "scaled":
			s.Scaled = p.number(clauseScore)
		case "raw":
			s.Raw = p.number(clauseScore)
		case "min":
			s.Min = p.number(clauseScore)
		case "max":
			s.Max = p.number(clauseScore)
		default:
			p.unknown(name, "scaled, raw, min, max", clauseFormatting)
		}
	}
	p.finishScore(s)
	return s
}

// finishScore checks the ranges of a score.
func (p *parser) finishScore(s *Score) {
	if s.Scaled != nil && (*s.Scaled < -1 || *s.Scaled > 1) {
		p.report(clauseScore, ".scaled", "must lie between -1 and 1: divide by the highest possible score", ftoa(*s.Scaled))
	}
	if s.Min != nil && s.Max != nil && *s.Min >= *s.Max {
		p.report(clauseScore, ".min", "must be less than max", ftoa(*s.Min)+" with max "+ftoa(*s.Max))
	}
	if s.Raw == nil {
		return
	}
	if s.Min != nil && *s.Raw < *s.Min {
		p.report(clauseScore, ".raw", "must not be less than min", ftoa(*s.Raw)+" with min "+ftoa(*s.Min))
	}
	if s.Max != nil && *s.Raw > *s.Max {
		p.report(clauseScore, ".raw", "must not be more than max", ftoa(*s.Raw)+" with max "+ftoa(*s.Max))
	}
}

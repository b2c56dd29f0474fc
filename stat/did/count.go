package did

import "math"

// count returns how many distinct units the cells treat, and how many they
// compare them with. A cohort that starts later can be both: its units are
// controls of the cohorts before it.
func (l *layout) count(plans []plan, cells []int) (treated, controls int) {
	mark := make([]uint8, l.n) // 1: treated, 2: control
	var last *plan             // marked before, with no outcome missing
	for _, k := range cells {
		p := &plans[k]
		if p.period == p.base {
			continue
		}
		if l.sections != nil {
			l.countSections(mark, *p)
			continue
		}
		full := l.complete[p.period] && l.complete[p.base]
		if full && last != nil && p.sameUnits(*last) {
			continue
		}
		c := l.cohorts[p.cohort]
		l.mark(mark, *p, 1, c.from, c.to)
		l.mark(mark, *p, 2, p.controls, max(p.controls, c.from))
		l.mark(mark, *p, 2, max(p.controls, c.to), l.n)
		if full {
			last = p
		}
	}
	for _, m := range mark {
		treated += int(m & 1)
		controls += int(m >> 1)
	}
	return treated, controls
}

// countSections is count for cross-sections.
func (l *layout) countSections(mark []uint8, p plan) {
	arms := [2][2][]run{}
	arms[0], arms[1] = l.runs(p)
	for arm, parts := range arms {
		for _, runs := range parts {
			for _, rows := range runs {
				for i := rows.from; i < rows.to; i++ {
					mark[i] |= 1 << arm
				}
			}
		}
	}
}

func (l *layout) mark(mark []uint8, p plan, bit uint8, from, to int) {
	now, base := l.y[p.period], l.y[p.base]
	for i := from; i < to; i++ {
		if !math.IsNaN(now[i] - base[i]) {
			mark[i] |= bit
		}
	}
}

package metric

import "fmt"

// Band is a stretch of values with a name. Over and Under leave their end out,
// From and To include it.
type Band struct {
	Name  string   `yaml:"name" json:"name,omitempty"`
	Over  *float64 `yaml:"over" json:"over,omitempty"`
	From  *float64 `yaml:"from" json:"from,omitempty"`
	To    *float64 `yaml:"to" json:"to,omitempty"`
	Under *float64 `yaml:"under" json:"under,omitempty"`
}

// Contains says whether a value, in the KPI's unit, lies in the band.
func (b Band) Contains(v float64) bool {
	return (b.Over == nil || v > *b.Over) && (b.From == nil || v >= *b.From) &&
		(b.To == nil || v <= *b.To) && (b.Under == nil || v < *b.Under)
}

// Band names the band that a value lies in, "" without bands.
func (d *Definition) Band(v float64) string {
	for _, b := range d.Bands {
		if b.Contains(v) {
			return b.Name
		}
	}
	return ""
}

// checkBands makes sure that every value has exactly one band: each begins
// where the one before ends, and one of the two includes the point.
func (d *Definition) checkBands(p *problems) {
	if d.Target != nil && d.Target.low() == nil && d.Target.high() == nil {
		p.add("target needs over, from, to or under")
	}
	for i, b := range d.Bands {
		what := fmt.Sprintf("bands[%d]", i)
		p.needed(what+".name", b.Name)
		if b.Over != nil && b.From != nil || b.To != nil && b.Under != nil {
			p.add("%s: over excludes from, and to excludes under", what)
		}
		if (b.low() == nil) != (i == 0) || (b.high() == nil) != (i == len(d.Bands)-1) {
			p.add("%s: bands go from low to high; the first has no lower end and the last no upper one", what)
			continue
		}
		if i == 0 || d.Bands[i-1].high() == nil {
			continue
		}
		if before := d.Bands[i-1]; *before.high() != *b.low() || (before.To != nil) == (b.From != nil) {
			p.add("%s: it must begin where the band before ends, and one of them must include that point", what)
		}
	}
}

func (b Band) low() *float64 {
	if b.Over != nil {
		return b.Over
	}
	return b.From
}

func (b Band) high() *float64 {
	if b.To != nil {
		return b.To
	}
	return b.Under
}

package report

import (
	"github.com/liftmark/liftmark/internal/figure"
	"github.com/liftmark/liftmark/internal/study"
)

// quantity is a number with its interval, written in one unit and with one
// number of decimals, so that a sentence, a label and a table cell agree.
type quantity struct {
	unit     unit
	value    float64
	low      float64
	high     float64
	level    float64
	decimals int
}

// quantify prepares an effect for writing.
func quantify(u unit, e study.Effect) quantity {
	s := u.scale()
	return quantity{
		unit: u, value: e.Value, low: e.Low, high: e.High, level: e.Level,
		decimals: max(0, figure.Decimals(e.Low*s, e.High*s)),
	}
}

// change is the value as a signed change: "−3.1".
func (q quantity) change() string { return q.unit.change(q.value, q.decimals) }

// changeFull adds the unit: "−3.1 percentage points".
func (q quantity) changeFull() string { return join(q.change(), q.unit.changeWords()) }

// interval is the interval as signed changes: "−4.6 to −1.7".
func (q quantity) interval() string {
	return q.unit.change(q.low, q.decimals) + " to " + q.unit.change(q.high, q.decimals)
}

// intervalName is "95 % interval".
func (q quantity) intervalName() string { return intervalName(q.level) }

// sentencePart is the effect inside a sentence: "−3.1 percentage points (95 % interval −4.6 to −1.7)".
func (q quantity) sentencePart() string {
	return q.changeFull() + " (" + q.intervalName() + " " + q.interval() + ")"
}

func intervalName(level float64) string {
	if level <= 0 || level >= 1 {
		return "interval"
	}
	return figure.Percent(level, figure.DecimalsOf(figure.Round(100*level, 3))) + " interval"
}

func join(number, words string) string {
	if words == "" {
		return number
	}
	return number + nbsp + words
}

// relative writes an effect as a share of the level without training: "−22 % (−31 % to −12 %)".
func relative(e study.Effect) string {
	d := figure.Decimals(100*e.Low, 100*e.High)
	write := func(x float64) string { return figure.Signed(100*x, d) + nbsp + "%" }
	return write(e.Value) + " (" + write(e.Low) + " to " + write(e.High) + ")"
}

// measure writes a further measure of an effect. Ratios carry no sign, since
// their no-effect value is one; differences do.
func measure(e study.NamedEffect) (value, interval string) {
	u := parseUnit(e.Unit)
	d := figure.Decimals(e.Low*u.scale(), e.High*u.scale())
	if isRatio(e) {
		return figure.Number(e.Value, d), figure.Number(e.Low, d) + " to " + figure.Number(e.High, d)
	}
	q := quantify(u, e.Effect)
	return q.changeFull(), q.interval()
}

func isRatio(e study.NamedEffect) bool {
	return hasWord(e.Name, "ratio") || hasWord(e.Unit, "ratio")
}

// levels writes levels of one KPI with the same number of decimals: enough to
// tell them apart, at least as many as the effect supports.
func levels(u unit, d int, values ...float64) []string {
	for range 3 {
		if !collide(u, d, values) {
			break
		}
		d++
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = u.level(v, d)
	}
	return out
}

func collide(u unit, d int, values []float64) bool {
	for i := 1; i < len(values); i++ {
		if values[i] != values[i-1] && figure.Round(values[i]*u.scale(), d) == figure.Round(values[i-1]*u.scale(), d) {
			return true
		}
	}
	return false
}

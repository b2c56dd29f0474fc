package metric

import (
	"fmt"
	"strconv"
	"strings"
)

// window gives the days of within_days, 0 for no limit.
func (m Measure) window(params map[string]any) (days float64, err error) {
	if m.Within == "" {
		return 0, nil
	}
	if name, ok := strings.CutPrefix(m.Within, ":"); ok {
		v, err := lookupParam(params, name)
		if err != nil {
			return 0, err
		}
		days, ok = v.(float64)
		if !ok {
			return 0, fmt.Errorf("within_days: the parameter %q must have type: number", name)
		}
	} else if days, err = strconv.ParseFloat(m.Within, 64); err != nil {
		return 0, fmt.Errorf("within_days: %q is neither a number nor a :parameter", m.Within)
	}
	if !(days > 0) {
		return 0, fmt.Errorf("within_days must be above 0")
	}
	return days, nil
}

// read turns the text of a parameter into the value that conditions compare
// with.
func (p Param) read(text string) (any, error) {
	if len(p.Choices) > 0 {
		if _, ok := p.Choices[text]; !ok {
			return nil, fmt.Errorf("%q is none of %s", text, strings.Join(sortedKeys(p.Choices), ", "))
		}
	}
	if p.Type != "number" {
		return text, nil
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("%q is not a number", text)
	}
	return v, nil
}

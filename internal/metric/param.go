package metric

import (
	"fmt"
	"strconv"
	"strings"
)

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

package did_test

import (
	"encoding/json"
)

// oneOrMany reads the numbers that R writes: a scalar for one, null for none or
// for a missing value, which becomes 0.
type oneOrMany []float64

func (v *oneOrMany) UnmarshalJSON(text []byte) error {
	var many []*float64
	if err := json.Unmarshal(text, &many); err != nil {
		var one *float64
		if err := json.Unmarshal(text, &one); err != nil {
			return err
		}
		many = []*float64{one}
	}
	for _, x := range many {
		if x == nil {
			x = new(float64)
		}
		*v = append(*v, *x)
	}
	return nil
}

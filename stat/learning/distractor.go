package learning

import (
	"fmt"
	"slices"

	"github.com/liftmark/liftmark/stat"
)

// Choice is one option of a multiple-choice question.
type Choice struct {
	N            int     // people who chose it
	Share        float64 // of those who answered, 0 to 1
	Upper, Lower float64 // share within the 27 % with the highest and the lowest rest score
	// RestScore is the mean score on the other items of those who chose it;
	// Correlation that of choosing it with that score. Varies is false, and
	// both are 0, if nobody or everybody chose it.
	RestScore, Correlation float64
	Varies                 bool
	Finding                ChoiceFinding
}

// ChoiceFinding says what is odd about an option.
type ChoiceFinding int

// The findings.
const (
	Sound        ChoiceFinding = iota // nothing
	Idle                              // a wrong option that fewer than 5 % choose: it distracts nobody
	Misleading                        // a wrong option that better people prefer: check the key and the wording
	KeyedAgainst                      // the right option, which better people avoid: check the key
)

// String names the finding.
func (f ChoiceFinding) String() string {
	return [...]string{"sound", "idle", "misleading", "keyed against"}[f]
}

// idleShare of people, below which a wrong option is idle. Source: Haladyna and
// Downing (1993), Educational and Psychological Measurement 53:999-1010.
const idleShare = 0.05

// Distractors analyses the options of one multiple-choice question. choice[p]
// is the option, 0 to options-1, that person p chose; rest[p] the person's
// score on the other items; key the right option.
//
// Errors: ErrTooFew with fewer than three persons, ErrInvalid for an unknown
// option naming the person, ErrNotFinite for a score, ErrNoVariance if all
// scores are equal. Distractors panics if lengths differ or key is no option.
func Distractors(choice []int, options, key int, rest []float64) ([]Choice, error) {
	if len(choice) != len(rest) || key < 0 || key >= options {
		panic(fmt.Sprintf("learning: %d choices, %d scores, key %d of %d", len(choice), len(rest), key, options))
	}
	if len(choice) < 3 {
		return nil, fmt.Errorf("options of a question that %d persons answered: %w", len(choice), stat.ErrTooFew)
	}
	for p, c := range choice {
		if c < 0 || c >= options {
			return nil, fmt.Errorf("person %d chose option %d of %d: %w", p, c, options, stat.ErrInvalid)
		}
	}
	if err := finite("score of person", rest); err != nil {
		return nil, err
	}
	if slices.Min(rest) == slices.Max(rest) {
		return nil, fmt.Errorf("all scores on the other items are %v: %w", rest[0], stat.ErrNoVariance)
	}
	upper, lower := extremes(rest)
	out := make([]Choice, options)
	for o := range out {
		out[o] = describe(choice, o, rest, upper, lower)
		out[o].Finding = out[o].find(o == key)
	}
	return out, nil
}

func describe(choice []int, option int, rest, upper, lower []float64) Choice {
	chosen := make([]float64, len(choice))
	c := Choice{}
	for p, o := range choice {
		if o == option {
			chosen[p] = 1
			c.N++
			c.RestScore += rest[p]
		}
	}
	c.Share = float64(c.N) / float64(len(choice))
	c.Upper, c.Lower = weighted(chosen, upper), weighted(chosen, lower)
	c.Correlation, c.Varies = correlation(chosen, rest)
	if c.Varies {
		c.RestScore /= float64(c.N)
	} else {
		c.RestScore = 0
	}
	return c
}

func (c Choice) find(key bool) ChoiceFinding {
	switch {
	case key && c.Correlation < 0:
		return KeyedAgainst
	case !key && c.Correlation > 0:
		return Misleading
	case !key && c.Share < idleShare:
		return Idle
	}
	return Sound
}

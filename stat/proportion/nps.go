package proportion

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
)

// NPSCounts are answers to "0 to 10, how likely are you to recommend…", one
// answer an independent person.
type NPSCounts struct {
	Promoters  int // 9 or 10
	Passives   int // 7 or 8
	Detractors int // 0 to 6
}

// NPSScore maps one answer to its contribution: +100 for a promoter, 0 for a
// passive, -100 for a detractor. NPS is the mean of these.
//
// Errors: ErrInvalid unless the answer is a whole number from 0 to 10.
func NPSScore(answer float64) (int, error) {
	switch {
	case !(answer >= 0 && answer <= 10) || answer != math.Trunc(answer):
		return 0, fmt.Errorf("NPS answer %v is not a whole number from 0 to 10: %w", answer, stat.ErrInvalid)
	case answer >= 9:
		return 100, nil
	case answer >= 7:
		return 0, nil
	default:
		return -100, nil
	}
}

// CountNPS sorts answers into promoters, passives and detractors.
//
// Errors: ErrInvalid, naming the position, for an answer NPSScore refuses.
func CountNPS(answers []float64) (NPSCounts, error) {
	var c NPSCounts
	for i, a := range answers {
		score, err := NPSScore(a)
		if err != nil {
			return NPSCounts{}, fmt.Errorf("answer %d: %w", i, err)
		}
		switch score {
		case 100:
			c.Promoters++
		case 0:
			c.Passives++
		default:
			c.Detractors++
		}
	}
	return c, nil
}

// NPS estimates the net promoter score, -100 to +100: the percentage of
// promoters less that of detractors. Interval and SE are Rocks' adjusted Wald:
// three quarters of an answer added to promoters and to detractors, one and a
// half to passives, so that unanimous answers still leave doubt (the SE is
// never 0). The interval is centred on the adjusted score, cut at ±100, and
// always holds Value.
//
// Errors: ErrTooFew without answers, ErrInvalid for a negative count. NPS
// panics if level is outside (0, 1).
//
// Source: Rocks (2016), The American Statistician 70:365-372.
func NPS(c NPSCounts, level float64) (stat.Estimate, error) {
	z := stat.Critical(level)
	if c.Promoters < 0 || c.Passives < 0 || c.Detractors < 0 {
		return stat.Estimate{}, fmt.Errorf("NPS of %+v: %w", c, stat.ErrInvalid)
	}
	n := float64(c.Promoters + c.Passives + c.Detractors)
	if n == 0 {
		return stat.Estimate{}, fmt.Errorf("NPS without answers: %w", stat.ErrTooFew)
	}
	value := float64(c.Promoters-c.Detractors) / n
	adjustedN := n + 3
	mid := float64(c.Promoters-c.Detractors) / adjustedN
	extremes := (float64(c.Promoters+c.Detractors) + 1.5) / adjustedN
	se := math.Sqrt((extremes - mid*mid) / adjustedN)
	return stat.Estimate{
		Value: 100 * value,
		SE:    100 * se,
		Interval: stat.Interval{
			Low:   100 * max(-1, min(mid-z*se, value)),
			High:  100 * min(1, max(mid+z*se, value)),
			Level: level,
		},
	}, nil
}

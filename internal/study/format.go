package study

import (
	"strings"

	"github.com/liftmark/liftmark/internal/figure"
)

// decimals is how many decimals an interval supports.
func decimals(low, high float64) int { return max(0, figure.Decimals(low, high)) }

// plural gives the word for n things: plural(1, "account") is "1 account".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if noun == "person" {
		return figure.Count(n) + " people"
	}
	if strings.HasSuffix(noun, "y") && noun != "day" {
		noun = strings.TrimSuffix(noun, "y") + "ie"
	}
	return figure.Count(n) + " " + noun + "s"
}

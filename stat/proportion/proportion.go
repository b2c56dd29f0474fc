// Package proportion estimates shares and the scores built on them: a share
// with its Wilson interval, the difference and the ratio of two shares, NPS
// and CSAT. It takes counts of independent answers. Where one account gives
// many answers, use the cluster-robust ratio of package mean instead: the
// intervals here would be too narrow.
package proportion

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
)

// checkCount gives ErrTooFew when there are no trials and ErrInvalid when the
// successes do not fit them.
func checkCount(what string, successes, trials int) error {
	if trials == 0 {
		return fmt.Errorf("%s of no trials: %w", what, stat.ErrTooFew)
	}
	if trials < 0 || successes < 0 || successes > trials {
		return fmt.Errorf("%s: %d successes of %d trials: %w", what, successes, trials, stat.ErrInvalid)
	}
	return nil
}

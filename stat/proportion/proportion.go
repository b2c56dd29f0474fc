// Package proportion estimates and compares shares and the scores built on
// them.
//
//   - One share: Wilson, ClopperPearson, Jeffreys.
//   - Two independent shares: Newcombe and AgrestiCaffo (difference),
//     RiskRatio, OddsRatio, FisherExact; SameShare and Yates test equality.
//   - Several shares or categories: SameShare, Independence.
//   - Two shares within strata: MantelHaenszel.
//   - The same units before and after: McNemar, PairedDifference.
//   - Scores: NPS and NPSDifference, CSAT, CSATDifference, CSATMean,
//     CSATMeanDifference.
//
// It takes counts of independent units. Where one account gives many answers,
// use the cluster-robust ratio or difference of package mean instead: the
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

// checkArms is checkCount for two independent samples.
func checkArms(x1, n1, x2, n2 int) error {
	if err := checkCount("first share", x1, n1); err != nil {
		return err
	}
	return checkCount("second share", x2, n2)
}

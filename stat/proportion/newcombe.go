package proportion

import "github.com/liftmark/liftmark/stat"

// Newcombe estimates the difference of two independent shares, x1/n1 - x2/n2
// (in [-1, 1]; times 100 for percentage points), with Newcombe's hybrid score
// interval (his method 10), made of the two Wilson intervals. SE is the
// unpooled √(p1(1-p1)/n1 + p2(1-p2)/n2); the interval is not built from it.
//
// Errors: as for Wilson, naming the arm. Newcombe panics if level is outside
// (0, 1).
//
// Source: Newcombe (1998), Statistics in Medicine 17:873-890.
// Not for the same units measured twice; see PairedDifference.
func Newcombe(x1, n1, x2, n2 int, level float64) (stat.Estimate, error) {
	stat.CheckLevel(level)
	if err := checkArms(x1, n1, x2, n2); err != nil {
		return stat.Estimate{}, err
	}
	a, _ := Wilson(x1, n1, level)
	b, _ := Wilson(x2, n2, level)
	return squareAndAdd(a, b), nil
}

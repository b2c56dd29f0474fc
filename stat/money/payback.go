package money

// Payback is the time, in periods, until the undiscounted sum of initial and
// flows is no longer negative: initial falls now, flows[t] evenly over period
// t+1, so that the answer is interpolated within a period. It is 0 if initial
// is not negative.
//
// The first recovery counts: a later outflow can make the sum negative again.
// ok is false if the flows never recover the initial outlay.
//
// Errors: ErrNotFinite if an input is NaN or infinite.
func Payback(initial float64, flows []float64) (periods float64, ok bool, err error) {
	if err := checkFlows(append([]float64{initial}, flows...)); err != nil {
		return 0, false, err
	}
	sum := initial
	if sum >= 0 {
		return 0, true, nil
	}
	for i, f := range flows {
		if sum+f >= 0 {
			return float64(i) - sum/f, true, nil
		}
		sum += f
	}
	return 0, false, nil
}

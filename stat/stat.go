package stat

import "errors"

// Errors that data can cause. A method wraps them with the column, row or arm
// that is at fault; test with errors.Is. Misuse by the programmer (a level
// outside (0, 1), slices of unequal length) panics instead.
var (
	// ErrTooFew: fewer observations, units, clusters or events than the method needs.
	ErrTooFew = errors.New("too few observations")
	// ErrNoVariance: the outcome or a covariate does not vary where it must.
	ErrNoVariance = errors.New("no variance")
	// ErrNotFinite: an input is NaN or infinite.
	ErrNotFinite = errors.New("value is not finite")
	// ErrInvalid: an input is outside its domain (a negative time, a count above its total).
	ErrInvalid = errors.New("value outside its domain")
	// ErrCollinear: a covariate is a linear combination of others.
	ErrCollinear = errors.New("collinear covariates")
	// ErrSeparation: a covariate predicts a binary outcome perfectly.
	ErrSeparation = errors.New("separation: the outcome is perfectly predicted")
	// ErrNoOverlap: treated units have no comparable controls.
	ErrNoOverlap = errors.New("no overlap between the arms")
	// ErrNoConvergence: an iteration ended before its tolerance was met.
	ErrNoConvergence = errors.New("no convergence")
)

// DataError says whether err is one that data can cause: it wraps one of the
// errors above.
func DataError(err error) bool {
	for _, known := range []error{
		ErrTooFew, ErrNoVariance, ErrNotFinite, ErrInvalid, ErrCollinear, ErrSeparation, ErrNoOverlap, ErrNoConvergence,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// Interval is a closed interval in the unit of the estimate it belongs to.
// Level is its nominal coverage in (0, 1).
type Interval struct {
	Low, High, Level float64
}

// Contains says whether x lies in the interval, ends included.
func (i Interval) Contains(x float64) bool { return i.Low <= x && x <= i.High }

// Estimate is a point estimate with its standard error and interval, all in
// the unit of the quantity estimated.
type Estimate struct {
	Value, SE float64
	Interval  Interval
}

package regression

import (
	"fmt"
	"math"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// NeweyWest is the covariance of the coefficients when the errors of rows that
// follow each other are correlated, and their variances differ. Rows must be in
// order of time; a row's neighbour is the next row, whatever the gap between
// them. Autocovariances up to lag count, with weights that fall linearly to zero
// at lag+1 (Bartlett). adjust multiplies by n/(n−p). With lag 0 it is HC0 or HC1.
//
// With short series or strong correlation its intervals are too short; a longer
// lag does not mend that.
//
// Errors: ErrInvalid for a negative lag or one that is not below the number of
// rows; ErrTooFew with adjust and no residual degrees of freedom.
// Source: Newey and West (1987), Econometrica 55:703-708.
func (s scores) NeweyWest(lag int, adjust bool) (*mat.SymDense, error) {
	n, p := len(s.resid), len(s.qr.q)
	if lag < 0 || lag >= n {
		return nil, fmt.Errorf("lag %d of %d rows: %w", lag, n, stat.ErrInvalid)
	}
	scale := 1.0
	if adjust {
		if n <= p+s.absorbed {
			return nil, fmt.Errorf("%d rows and %d parameters: %w", n, p+s.absorbed, stat.ErrTooFew)
		}
		scale = float64(n) / float64(n-p-s.absorbed)
	}
	rows := make([][]float64, p) // scores, column by column
	for j, q := range s.qr.q {
		rows[j] = make([]float64, n)
		for i, r := range s.resid {
			rows[j][i] = r * q[i]
		}
	}
	meat := mat.NewSymDense(p, nil)
	for a := range p {
		for b := a; b < p; b++ {
			sum := dot(rows[a], rows[b])
			for l := 1; l <= lag; l++ {
				weight := 1 - float64(l)/float64(lag+1)
				sum += weight * (dot(rows[a][l:], rows[b][:n-l]) + dot(rows[a][:n-l], rows[b][l:]))
			}
			meat.SetSym(a, b, scale*sum)
		}
	}
	return sized(s.qr.wrap(meat))
}

// NeweyWestLag is the lag that is used when nothing better is known:
// 4·(n/100)^(2/9), rounded down.
// Source: Newey and West (1994), Rev. Econ. Stud. 61:631-653.
func NeweyWestLag(rows int) int { return int(4 * math.Pow(float64(rows)/100, 2./9)) }

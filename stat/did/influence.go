package did

import (
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// byCluster sums an influence function over units within clusters.
func (l *layout) byCluster(inf influence) influence {
	if l.cluster == nil {
		return inf
	}
	sums := make([]float64, l.clusters)
	for _, s := range inf {
		for k, v := range s.values {
			sums[l.cluster[s.from+k]] += v
		}
	}
	return influence{{values: sums}}
}

// norm is the square root of the sum of squares.
func (f influence) norm() float64 {
	var sum float64
	for _, s := range f {
		sum += floats.Dot(s.values, s.values)
	}
	return math.Sqrt(sum)
}

// addTo adds scale times the influence function to a value for every row.
func (f influence) addTo(rows []float64, scale float64) {
	for _, s := range f {
		floats.AddScaled(rows[s.from:s.from+len(s.values)], scale, s.values)
	}
}

// dot is the sum over rows of the product of two influence functions.
func (f influence) dot(g influence) float64 {
	var sum float64
	for i, j := 0, 0; i < len(f) && j < len(g); {
		a, b := f[i], g[j]
		from := max(a.from, b.from)
		to := min(a.from+len(a.values), b.from+len(b.values))
		if from < to {
			sum += floats.Dot(a.values[from-a.from:to-a.from], b.values[from-b.from:to-b.from])
		}
		if a.from+len(a.values) == to {
			i++
		} else {
			j++
		}
	}
	return sum
}

// covariance of statistics over units: Σ fᵢ·fⱼ / units².
func covariance(fs []influence, units int) *mat.SymDense {
	if len(fs) == 0 {
		return &mat.SymDense{}
	}
	cov := mat.NewSymDense(len(fs), nil)
	scale := 1 / (float64(units) * float64(units))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range fs {
		group.Go(func() error {
			for j := i; j < len(fs); j++ {
				cov.SetSym(i, j, scale*fs[i].dot(fs[j]))
			}
			return nil
		})
	}
	_ = group.Wait() // no error can occur
	return cov
}

// sum adds values in order. (floats.Sum adds in an order that depends on where in
// memory they lie, so its last digit varies from run to run.)
func sum(values []float64) float64 {
	var total float64
	for _, v := range values {
		total += v
	}
	return total
}

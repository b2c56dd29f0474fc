package regression

import "math"

// dot is the inner product, summed in one fixed order: equal inputs give equal
// bytes wherever the slices lie in memory.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

// addScaled adds scale·b to a.
func addScaled(a []float64, scale float64, b []float64) {
	b = b[:len(a)]
	for i := range a {
		a[i] += scale * b[i]
	}
}

// scaleBy multiplies a by root, row by row; nil: 1.
func scaleBy(a, root []float64) {
	for i, r := range root {
		a[i] *= r
	}
}

// sumSquares is the weighted sum of squares; weights nil: 1.
func sumSquares(v, weights []float64) float64 {
	if weights == nil {
		return dot(v, v)
	}
	var s float64
	for i, x := range v {
		s += weights[i] * x * x
	}
	return s
}

func rootsOf(weights []float64) []float64 {
	if weights == nil {
		return nil
	}
	root := make([]float64, len(weights))
	for i, w := range weights {
		root[i] = math.Sqrt(w)
	}
	return root
}

// pick copies the kept rows of a column.
func pick(v []float64, keep []int) []float64 {
	out := make([]float64, len(keep))
	for k, i := range keep {
		out[k] = v[i]
	}
	return out
}

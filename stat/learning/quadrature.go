package learning

import "math"

// The ability scale is standard normal. Integrals over it are sums over equally
// spaced nodes, which for such smooth integrands converge faster than any
// power of the spacing; nodes and weights fixed for all models.
const (
	nodes     = 121
	nodesEdge = 8.0 // ability of the outermost node
)

// grid is the ability of each node and the logarithm of its normal weight; the
// weights sum to 1.
func grid() (theta, logWeight []float64) {
	theta, logWeight = make([]float64, nodes), make([]float64, nodes)
	var sum float64
	for q := range theta {
		theta[q] = nodesEdge * (2*float64(q)/(nodes-1) - 1)
		sum += math.Exp(-theta[q] * theta[q] / 2)
	}
	for q, t := range theta {
		logWeight[q] = -t*t/2 - math.Log(sum)
	}
	return theta, logWeight
}

// logistic is 1/(1+e⁻ˣ).
func logistic(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// logLogistic is log(logistic(x)).
func logLogistic(x float64) float64 {
	if x >= 0 {
		return -math.Log1p(math.Exp(-x))
	}
	return x - math.Log1p(math.Exp(x))
}

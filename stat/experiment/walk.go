package experiment

import (
	"math"

	"gonum.org/v1/gonum/integrate/quad"
)

// walk is a Brownian motion with drift, seen at looks, that has not stopped yet:
// its density at the last look, over the region where it went on, on the nodes
// of a quadrature. Positions are scores, √t times the statistic in standard
// errors.
type walk struct {
	drift    float64
	time     float64
	at, mass []float64 // nodes, and density times quadrature weight
}

// newWalk stands at 0 at time 0.
func newWalk(drift float64) *walk { return &walk{drift: drift, at: []float64{0}, mass: []float64{1}} }

// tails gives the chances to be above z and below -z standard errors at time t,
// having gone on until then.
func (w *walk) tails(t, z float64) (up, down float64) {
	step := math.Sqrt(t - w.time)
	edge := z * math.Sqrt(t)
	for i, x := range w.at {
		mid := x + w.drift*(t-w.time)
		up += w.mass[i] * math.Erfc((edge-mid)/step/math.Sqrt2) / 2
		down += w.mass[i] * math.Erfc((edge+mid)/step/math.Sqrt2) / 2
	}
	return up, down
}

// boundary is the z that |statistic| exceeds at time t with probability p.
// Below what the quadrature resolves it is that of a test without earlier looks,
// which spends no more than p.
func (w *walk) boundary(t, p float64) float64 {
	const resolved, farthest = 1e-13, 38
	low, high := 0.0, float64(farthest)
	for range 60 {
		z := (low + high) / 2
		exceeds := math.Erfc(z / math.Sqrt2)
		if p >= resolved {
			up, down := w.tails(t, z)
			exceeds = up + down
		}
		if exceeds > p {
			low = z
		} else {
			high = z
		}
	}
	return high
}

// advance moves to time t, keeping what stays within z standard errors. Panels
// of sixteen nodes are three standard deviations wide, of this step or of the
// next, whichever is smaller.
func (w *walk) advance(t, z, next float64) {
	const reach, panel, nodes = 9, 3, 16
	step := math.Sqrt(t - w.time)
	middle := w.drift * t
	low := math.Max(-z*math.Sqrt(t), middle-reach*math.Sqrt(t))
	high := math.Min(z*math.Sqrt(t), middle+reach*math.Sqrt(t))
	moved := &walk{drift: w.drift, time: t}
	if low < high {
		var x, weight [nodes]float64
		quad.Legendre{}.FixedLocations(x[:], weight[:], -1, 1)
		panels := math.Ceil((high - low) / (panel * math.Min(step, math.Sqrt(next-t))))
		half := (high - low) / panels / 2
		for k := range int(panels) {
			for i := range x {
				at := low + half*(float64(2*k+1)+x[i])
				if d := w.density(at, t, step); d > 0 {
					moved.at, moved.mass = append(moved.at, at), append(moved.mass, d*weight[i]*half)
				}
			}
		}
	}
	*w = *moved
}

// density is that of being at x at time t, a step of the given standard
// deviation after the last look.
func (w *walk) density(x, t, step float64) (d float64) {
	shift := w.drift * (t - w.time)
	for i, from := range w.at {
		if u := (x - from - shift) / step; u*u < 75 {
			d += w.mass[i] * math.Exp(-u*u/2)
		}
	}
	return d / (step * math.Sqrt(2*math.Pi))
}

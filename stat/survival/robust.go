package survival

import (
	"fmt"

	"github.com/liftmark/liftmark/stat"
	"gonum.org/v1/gonum/mat"
)

// clusterRobust replaces Cov by the sandwich variance over the clusters (no
// small-sample factor, as R's coxph).
func (f *CoxFit) clusterRobust(cluster []int) error {
	labels, number := dense(cluster)
	f.Clusters = len(labels)
	r := f.risk
	if f.Clusters <= r.p {
		return fmt.Errorf("%d clusters for %d covariates: %w", f.Clusters, r.p, stat.ErrTooFew)
	}
	r.predict(f.beta)
	residual := r.scoreResiduals()
	scores := make([]float64, f.Clusters*r.p) // of the clusters, in the caller's units
	for k, i := range r.row {
		u := scores[int(number[i])*r.p : (int(number[i])+1)*r.p]
		for j := range u {
			u[j] += r.weight[k] * residual[k*r.p+j] * r.scale[j]
		}
	}
	meat := crossProduct(scores, r.p)
	var half, full mat.Dense
	half.Mul(f.ModelCov, meat)
	full.Mul(&half, f.ModelCov)
	f.Cov = mat.NewSymDense(r.p, nil)
	for a := range r.p {
		for b := range a + 1 {
			f.Cov.SetSym(a, b, (full.At(a, b)+full.At(b, a))/2)
		}
	}
	return nil
}

// crossProduct is the sum of u·uᵀ over the rows u of p columns.
func crossProduct(rows []float64, p int) *mat.SymDense {
	lower := make([]float64, p*(p+1)/2)
	for ; len(rows) > 0; rows = rows[p:] {
		k := 0
		for a, v := range rows[:p] {
			for _, w := range rows[:a+1] {
				lower[k] += v * w
				k++
			}
		}
	}
	return unpack(lower, p)
}

// hazardJump is what one event time adds to the running hazard and to the
// running hazard·mean covariates. tied* are the amounts for the events
// themselves, which with Efron carry only part of their own risk.
type hazardJump struct {
	time               float64
	stratum            int
	hazard, tiedHazard float64
	drift, tiedDrift   []float64
	variance           float64   // of hazard, at known coefficients
	center             []float64 // mean covariates, averaged over the denominators
}

// jumps lists the hazard jumps, strata in turn and times descending, at the
// coefficients of the last predict.
func (r *riskSets) jumps() []hazardJump {
	var out []hazardJump
	r.eachEvent(func(t *tiedEvents) {
		j := hazardJump{time: t.time, stratum: t.stratum, drift: make([]float64, r.p), tiedDrift: make([]float64, r.p), center: make([]float64, r.p)}
		r.shares(t, func(left, denominator, increment float64) {
			j.hazard += increment
			j.variance += increment / denominator
			j.tiedHazard += increment * (1 - left)
			for a := range r.p {
				center := (t.atRisk.s1[a] - left*t.died.s1[a]) / denominator
				j.drift[a] += increment * center
				j.tiedDrift[a] += increment * (1 - left) * center
				j.center[a] += increment * denominator / t.weight * center
			}
		})
		out = append(out, j)
	})
	return out
}

// scoreResiduals returns each row's contribution to the score at the fitted
// coefficients, before weighting, row-major in sweeping order.
func (r *riskSets) scoreResiduals() []float64 {
	residual := make([]float64, len(r.x))
	jumps := r.jumps()
	for s := range r.stratumLabel {
		n := 0
		for n < len(jumps) && jumps[n].stratum == s {
			n++
		}
		r.stratumResiduals(s, jumps[:n], residual)
		jumps = jumps[n:]
	}
	return residual
}

// stratumResiduals adds the residuals of stratum s. Running sums from the
// latest event back give each row the hazard it met while at risk.
func (r *riskSets) stratumResiduals(s int, jumps []hazardJump, residual []float64) {
	run := running{drift: make([]float64, r.p)}
	at := 0
	for k := r.bounds[s]; k < r.bounds[s+1]; k++ {
		for at < len(jumps) && jumps[at].time > r.stop[k] {
			run.add(&jumps[at])
			at++
		}
		r.charge(k, residual, run.hazard, run.drift, 1) // hazard after the row stopped
		if at == len(jumps) || jumps[at].time != r.stop[k] || !r.event[k] {
			continue
		}
		j := &jumps[at]
		r.charge(k, residual, j.hazard-j.tiedHazard, minus(j.drift, j.tiedDrift), 1)
		for a := range r.p {
			residual[k*r.p+a] += r.x[k*r.p+a] - j.center[a]
		}
	}
	run, at = running{drift: make([]float64, r.p)}, 0
	for next := r.bounds[s]; next < r.bounds[s+1]; next++ {
		k, start := next, -1.0
		if r.start != nil {
			k = int(r.byStart[next])
			start = r.start[k]
		}
		for at < len(jumps) && jumps[at].time > start {
			run.add(&jumps[at])
			at++
		}
		r.charge(k, residual, run.hazard, run.drift, -1) // hazard after the row started
	}
}

// running sums hazard jumps.
type running struct {
	hazard float64
	drift  []float64
}

func (s *running) add(j *hazardJump) {
	s.hazard += j.hazard
	for a := range s.drift {
		s.drift[a] += j.drift[a]
	}
}

// charge adds sign · exp(eta) · (x·hazard − drift) to row k's residual.
func (r *riskSets) charge(k int, residual []float64, hazard float64, drift []float64, sign float64) {
	rate := sign * r.risk[k] / r.weight[k]
	for a := range r.p {
		residual[k*r.p+a] += rate * (r.x[k*r.p+a]*hazard - drift[a])
	}
}

func minus(a, b []float64) []float64 {
	out := make([]float64, len(a))
	for i := range a {
		out[i] = a[i] - b[i]
	}
	return out
}

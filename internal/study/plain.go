package study

import (
	"fmt"

	"github.com/liftmark/liftmark/stat/mean"
)

// monthSums adds up each account's monthly values after training ("treated")
// and without it ("control"). The month of training itself is in neither.
func (a *analysis) monthSums() []mean.ClusterSums {
	out := make([]mean.ClusterSums, len(a.c.accounts))
	for i, st := range a.c.rollout.starts {
		for m := a.c.months.from; m < a.c.months.to; m++ {
			num, den := a.series.at(i, m)
			if den == 0 || !a.c.customerFor(i, m) {
				continue
			}
			switch {
			case !st.ever || m < st.month:
				out[i].ControlN++
				out[i].ControlSum += num / den
			case m > st.month:
				out[i].TreatedN++
				out[i].TreatedSum += num / den
			}
		}
	}
	return out
}

// runDifference compares account-months after training with all others.
func (a *analysis) runDifference(f *Finding) error {
	return a.describeDifference(f, a.monthSums(), armTrained, armUntrained)
}

// runBeforeAfter compares trained accounts with themselves.
func (a *analysis) runBeforeAfter(f *Finding) error {
	sums := a.monthSums()
	for i, st := range a.c.rollout.starts {
		if !st.ever {
			sums[i] = mean.ClusterSums{}
		}
	}
	return a.describeDifference(f, sums, "after training", "before training")
}

func (a *analysis) describeDifference(f *Finding, sums []mean.ClusterSums, trained, untrained string) error {
	var present []mean.ClusterSums
	for _, s := range sums {
		if s.TreatedN+s.ControlN > 0 {
			present = append(present, s)
		}
	}
	t, err := mean.ClusterDifference(present, level)
	if err != nil {
		return fmt.Errorf("difference of %s: %w", a.ref.key(), err)
	}
	var total mean.ClusterSums
	for _, s := range present {
		total.TreatedN, total.TreatedSum = total.TreatedN+s.TreatedN, total.TreatedSum+s.TreatedSum
		total.ControlN, total.ControlSum = total.ControlN+s.ControlN, total.ControlSum+s.ControlSum
	}
	f.units = t.Clusters
	f.Effect = &Effect{Value: t.Value, SE: t.SE, Low: t.Interval.Low, High: t.Interval.High, Level: level}
	observed := total.TreatedSum / float64(total.TreatedN)
	f.Relative = relativeTo(*f.Effect, observed)
	f.Arms = []Arm{
		{Name: trained, Units: t.TreatedClusters, Rows: total.TreatedN, Level: observed},
		{Name: untrained, Units: t.ControlClusters, Rows: total.ControlN, Level: total.ControlSum / float64(total.ControlN)},
	}
	f.Checks = append(f.Checks, fewClusters(f.Arms))
	return nil
}

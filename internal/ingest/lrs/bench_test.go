package lrs_test

import (
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/lrs"
	"github.com/liftmark/liftmark/internal/state"
)

// BenchmarkProject projects the 22,000 statements of FUN-MOOC.
func BenchmarkProject(b *testing.B) {
	w := newBench(b)
	var batch []state.NewStatement
	for _, line := range lines(b) {
		batch = append(batch, w.statement("", string(line)))
	}
	for from := 0; from < len(batch); from += 2000 {
		_, err := w.store.PutStatements(b.Context(), batch[from:min(from+2000, len(batch))], nil, nil)
		w.check(err)
	}
	for b.Loop() {
		b.StopTimer()
		w.check(w.facts.Forget(b.Context(), lrs.Source))
		p, err := lrs.NewProjector(w.store, w.facts, lrs.Options{})
		w.check(err)
		b.StartTimer()
		w.check(p.CatchUp(b.Context()))
	}
	b.ReportMetric(float64(b.N*len(batch))/b.Elapsed().Seconds(), "statements/s")
}

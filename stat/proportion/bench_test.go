package proportion_test

import (
	"testing"

	"github.com/liftmark/liftmark/stat/proportion"
)

// BenchmarkFisherExact has the counts of a large experiment, 90,189 players.
func BenchmarkFisherExact(b *testing.B) {
	for b.Loop() {
		if _, err := proportion.FisherExact(8279, 45489, 8502, 44700, 0.95); err != nil {
			b.Fatal(err)
		}
	}
}

package proportion_test

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/proportion"
)

func TestNPSReference(t *testing.T) {
	var ref basics
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	if len(ref.NPS) < 4 {
		t.Fatalf("%d NPS references", len(ref.NPS))
	}
	for _, r := range ref.NPS {
		got, err := proportion.NPS(proportion.NPSCounts{Promoters: r.Promoters, Passives: r.Passives, Detractors: r.Detractors}, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		low, high := max(-100, r.Adjusted[0]), min(100, r.Adjusted[1]) // the reference does not cut at the ends
		se := (r.Adjusted[1] - r.Adjusted[0]) / 2 / 1.959963984540054
		evidence.Claim{Method: "NPS, Rocks' adjusted Wald", Data: "four samples of answers", Source: "R 4.2.2"}.
			Agree(t, append(ends(got.Interval), got.Value, got.SE), []float64{low, high, r.NPS, se}, 1e-12)
	}
}

// The golden numbers of the product: all 10 → +100, all 6 → -100, half 9 and
// half 7 → +50, none → no value.
func TestNPSGolden(t *testing.T) {
	for _, tt := range []struct {
		answers []float64
		want    float64
	}{
		{[]float64{10, 10, 10}, 100}, {[]float64{6, 6, 6, 6}, -100}, {[]float64{9, 7, 9, 7}, 50},
		{[]float64{0, 6, 7, 8, 9, 10}, 0},
	} {
		c, err := proportion.CountNPS(tt.answers)
		if err != nil {
			t.Fatal(err)
		}
		got, err := proportion.NPS(c, 0.95)
		if err != nil || got.Value != tt.want {
			t.Errorf("NPS of %v is %v, %v; want %v", tt.answers, got.Value, err, tt.want)
		}
	}
	for _, bad := range []float64{-1, 11, 7.5, math.NaN(), math.Inf(1)} {
		if _, err := proportion.CountNPS([]float64{9, bad}); !errors.Is(err, stat.ErrInvalid) {
			t.Errorf("answer %v: %v", bad, err)
		}
	}
}

func TestNPSIsTheMeanOfScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		answers := rapid.SliceOfN(rapid.IntRange(0, 10), 1, 40).Draw(t, "answers")
		sum, values := 0, make([]float64, len(answers))
		for i, a := range answers {
			values[i] = float64(a)
			s, err := proportion.NPSScore(values[i])
			if err != nil {
				t.Fatal(err)
			}
			sum += s
		}
		c, _ := proportion.CountNPS(values)
		got, err := proportion.NPS(c, 0.9)
		if err != nil || !reference.Near(got.Value, float64(sum)/float64(len(answers)), 1e-13) {
			t.Fatalf("NPS %v, %v", got.Value, err)
		}
		if !(got.SE > 0) || !got.Interval.Contains(got.Value) || got.Interval.Low < -100 || got.Interval.High > 100 {
			t.Fatalf("NPS %+v", got)
		}
	})
}

func TestCSATReference(t *testing.T) {
	var ref basics
	reference.JSON(t, reference.Path(t, "basics/reference-basics.json"), &ref)
	if len(ref.CSAT.Counts) != 2 || len(ref.CSAT.Top) != 2 {
		t.Fatalf("CSAT references %+v", ref.CSAT)
	}
	for i, counts := range ref.CSAT.Counts {
		got, err := proportion.CSAT(counts, 1, 0.95)
		want := ref.CSAT.Top[i]
		if err != nil {
			t.Fatal(err)
		}
		evidence.Claim{Method: "CSAT, top box", Data: "Copenhagen housing satisfaction", Source: "R 4.2.2"}.
			Agree(t, append(ends(got.Interval), got.Value), append(want.Wilson[:], want.P), 1e-12)
	}
}

func TestCSATTopTwoOfFive(t *testing.T) {
	counts, err := proportion.CountScores([]float64{5, 4, 3, 4, 1, 5, 2, 4, 5, 3}, 5)
	if err != nil {
		t.Fatal(err)
	}
	share, err := proportion.CSAT(counts, 2, 0.95)
	if err != nil || share.Value != 0.6 { // six of ten answers are 4 or 5
		t.Errorf("share %+v, %v", share, err)
	}
	// R 4.2: t.test(c(5,4,3,4,1,5,2,4,5,3)), conf.int and stderr.
	mean, err := proportion.CSATMean(counts, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	evidence.Claim{Method: "CSAT, mean score", Data: "ten answers", Source: "R 4.2 t.test"}.
		Agree(t, append(ends(mean.Interval), mean.Value, mean.SE), []float64{2.63434177613363, 4.56565822386637, 3.6, 0.42687494916219}, 1e-12)
	for _, bad := range []float64{0, 6, 3.5, math.NaN()} {
		if _, err := proportion.CountScores([]float64{bad}, 5); !errors.Is(err, stat.ErrInvalid) {
			t.Errorf("answer %v: %v", bad, err)
		}
	}
}

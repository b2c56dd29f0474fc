package picture_test

import (
	"math"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/picture"
	"pgregory.net/rapid"
)

func TestAxisIsRoundAndCoversTheData(t *testing.T) {
	for _, tt := range []struct {
		values   []float64
		n        int
		from, to float64
		step     float64
	}{
		{[]float64{-0.312, 0.29}, 8, -0.4, 0.3, 0.1},
		{[]float64{-18.9, 0}, 8, -20, 0, 2.5},
		{[]float64{0, 619400}, 6, 0, 800000, 200000},
		{[]float64{5, 5}, 4, 2, 8, 2},
		{nil, 5, 0, 1, 0.2},
	} {
		x := picture.NewAxis(0, 100, tt.n, tt.values...)
		if math.Abs(x.From-tt.from) > 1e-9 || math.Abs(x.To-tt.to) > 1e-9*math.Max(1, tt.to) || math.Abs(x.Step-tt.step) > 1e-9 {
			t.Errorf("%v in %d steps: %v to %v by %v, want %v to %v by %v", tt.values, tt.n, x.From, x.To, x.Step, tt.from, tt.to, tt.step)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(-1e6, 1e6), 1, 10).Draw(t, "values")
		x := picture.NewAxis(0, 500, rapid.IntRange(2, 9).Draw(t, "n"), values...)
		for _, v := range values {
			if p := x.At(v); p < -1e-6 || p > 500+1e-6 {
				t.Fatalf("%v is drawn at %v", v, p)
			}
		}
		if n := len(x.Ticks()); n < 2 || n > 14 {
			t.Fatalf("%d ticks from %v to %v by %v", n, x.From, x.To, x.Step)
		}
	})
}

func TestLongLabelsAreShortened(t *testing.T) {
	long := strings.Repeat("WM", 200)
	got := picture.Fit(long, 100, 13)
	if picture.TextWidth(got, 13) > 100 || !strings.HasSuffix(got, "…") || len(got) < 6 {
		t.Errorf("got %q", got)
	}
	if got := picture.Fit("short", 100, 13); got != "short" {
		t.Errorf("a label that fits was changed to %q", got)
	}
}

func TestEscapeLeavesNoMarkup(t *testing.T) {
	if got, want := picture.Escape("<a href=\"x\">&'\x00\x1b\xff"), "&lt;a href=&#34;x&#34;&gt;&amp;&#39;\uFFFD"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

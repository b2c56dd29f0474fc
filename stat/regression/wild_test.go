package regression_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat"
	"github.com/liftmark/liftmark/stat/regression"
)

type wildReference struct {
	X1, X2, Treated, Interval []float64
	Half                      []float64 `json:"x1_half"`
}

func TestWildClusterMatchesEnumerationInR(t *testing.T) {
	data, x := clustered(t)
	var ref struct{ OLS, WLS wildReference }
	reference.JSON(t, "testdata/wild.json", &ref)
	for _, tt := range []struct {
		name    string
		weights []float64
		want    wildReference
	}{{"OLS", nil, ref.OLS}, {"WLS", data.Data.W, ref.WLS}} {
		fit := must(regression.WLS(data.Data.Y, x, tt.weights))
		claim := evidence.Claim{Method: "wild cluster bootstrap, all samples, " + tt.name, Data: "9 made clusters", Source: "R lm on each of 512 samples"}
		for _, c := range []struct {
			column int
			null   float64
			want   []float64
		}{{2, 0, tt.want.X1}, {2, 0.5, tt.want.Half}, {3, 0, tt.want.X2}, {1, 0, tt.want.Treated}} {
			got, err := fit.WildCluster(context.Background(), data.Data.G, regression.WildPlan{Column: c.column, Null: c.null, Draws: 1000, Level: 0.95})
			if err != nil {
				t.Fatal(err)
			}
			if !got.Exact || got.Samples != 512 || got.Clusters != 9 {
				t.Errorf("%+v, want all 512 samples of 9 clusters", got)
			}
			claim.Agree(t, []float64{got.Statistic, got.P}, c.want, 1e-10)
			if c.column == 2 {
				with := claim
				with.Method += ", interval"
				with.Agree(t, []float64{got.Interval.Low, got.Interval.High}, tt.want.Interval, 1e-6) // 26 halvings in R
			}
		}
	}
}

func TestWildClusterDrawsTellTheSame(t *testing.T) {
	data, x := clustered(t)
	fit := must(regression.OLS(data.Data.Y, x))
	plan := regression.WildPlan{Column: 2, Draws: 1000, Level: 0.95, Seed: 7}
	all := must(fit.WildCluster(context.Background(), data.Data.G, plan))
	plan.Draws = 400 // fewer than 2^9: samples are drawn
	some := must(fit.WildCluster(context.Background(), data.Data.G, plan))
	again := must(fit.WildCluster(context.Background(), data.Data.G, plan))
	if some != again || some.Exact {
		t.Errorf("one seed gives %+v and %+v", some, again)
	}
	if se := math.Sqrt(all.P * (1 - all.P) / 400); math.Abs(some.P-all.P) > 4*se {
		t.Errorf("p is %g of 400 samples, %g of all", some.P, all.P)
	}
	if some.Interval.Contains(0) != (some.P >= 0.05) {
		t.Errorf("p %g and interval %+v contradict each other", some.P, some.Interval)
	}
	plan.Weights = regression.Webb
	if w := must(fit.WildCluster(context.Background(), data.Data.G, plan)); w.Exact || w.Interval == some.Interval {
		t.Errorf("Webb weights give %+v", w)
	}
}

func TestWildClusterRefuses(t *testing.T) {
	data, x := clustered(t)
	fit := must(regression.OLS(data.Data.Y, x))
	plan := regression.WildPlan{Column: 2, Draws: 1 << 20, Level: 0.95}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := fit.WildCluster(ctx, data.Data.G, plan); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	// Five clusters have 2⁵ samples: the least p is 2/32 > 0.05.
	var y, ones []float64
	var cluster []int
	for i := range 30 {
		y, ones, cluster = append(y, math.Sin(float64(i*i))), append(ones, float64(i%7)), append(cluster, i%5)
	}
	small := must(regression.OLS(y, regression.WithIntercept(30, ones)))
	_, err := small.WildCluster(context.Background(), cluster, regression.WildPlan{Column: 1, Draws: 1000, Level: 0.95})
	wantError(t, err, stat.ErrTooFew, "reject no value")
	// One treated cluster.
	one := make([]float64, 30)
	for i := range one {
		if cluster[i] == 3 {
			one[i] = 1
		}
	}
	lone := must(regression.OLS(y, regression.WithIntercept(30, one)))
	_, err = lone.WildCluster(context.Background(), cluster, regression.WildPlan{Column: 1, Draws: 1000, Level: 0.95})
	var few *regression.FewClusters
	if !errors.As(err, &few) {
		t.Errorf("one treated cluster: %v", err)
	}
	logit := must(regression.Logistic(data.Data.Bin, x, nil))
	_, err = logit.WildCluster(context.Background(), data.Data.G, plan)
	wantError(t, err, stat.ErrInvalid, "least squares")
}

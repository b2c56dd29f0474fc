package did_test

import (
	"context"
	"testing"

	"github.com/liftmark/liftmark/internal/evidence"
	"github.com/liftmark/liftmark/internal/reference"
	"github.com/liftmark/liftmark/stat/did"
)

// Castle-doctrine laws (Cheng and Hoekstra 2013, J. Human Resources 48:821-854):
// 50 states over 11 years, cohorts as small as one state.
func TestCastleDoctrineMatchesDid(t *testing.T) {
	type castleRun struct {
		rGroupTime
		Simple, Dynamic, Calendar rAggregate
		ByGroup                   rAggregate `json:"group_agg"`
	}
	var ref struct {
		Never  castleRun `json:"cs_never"`
		NotYet castleRun `json:"cs_notyet"`
	}
	reference.JSON(t, reference.Path(t, "castle", "reference-castle.json"), &ref)
	p := castle(t)
	for _, tt := range []struct {
		name    string
		control did.Control
		want    castleRun
	}{{"never", did.NeverTreated, ref.Never}, {"not yet", did.NotYetTreated, ref.NotYet}} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := did.Estimate(context.Background(), p, did.Options{Control: tt.control})
			if err != nil {
				t.Fatal(err)
			}
			claim := evidence.Claim{Method: "Callaway–Sant'Anna, " + tt.name + "-treated controls", Data: "castle", Source: "R did 2.5.1"}
			checkCells(t, r.Cells, tt.want.rGroupTime, claim)
			checkAggregate(t, "simple", r, tt.want.Simple, claim)
			checkAggregate(t, "dynamic", r, tt.want.Dynamic, claim)
			checkAggregate(t, "group", r, tt.want.ByGroup, claim)
			checkAggregate(t, "calendar", r, tt.want.Calendar, claim)
		})
	}
}

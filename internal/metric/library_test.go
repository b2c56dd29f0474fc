package metric_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
)

func TestTheLibraryHoldsTwoDozenCompleteKPIs(t *testing.T) {
	l := standard(t)
	if n := len(l.All()); n < 24 {
		t.Errorf("%d KPIs, want at least 24", n)
	}
	for _, d := range l.All() {
		a := d.Attributes
		for name, text := range map[string]string{
			"definition": a.Definition, "business_insights": a.BusinessInsights, "measurement_approach": a.MeasurementApproach,
			"standard_formula": a.StandardFormula, "trend_analysis": a.TrendAnalysis, "change_impact": a.ChangeImpact,
			"diagnostic_questions": strings.Join(a.DiagnosticQuestions, ""), "actionable_tips": strings.Join(a.ActionableTips, ""),
			"visualisation_suggestions": strings.Join(a.VisualisationSuggestions, ""), "risk_warnings": strings.Join(a.RiskWarnings, ""),
			"tools_and_technologies": strings.Join(a.ToolsAndTechnologies, ""), "integration_points": strings.Join(a.IntegrationPoints, ""),
		} {
			if len(text) < 20 {
				t.Errorf("%s: %s says only %q", d.ID, name, text)
			}
		}
		if len(d.Related) == 0 || len(d.Impact) == 0 {
			t.Errorf("%s has no related KPI or no impact", d.ID)
		}
	}
}

func TestSearchPutsNamesFirst(t *testing.T) {
	found := standard(t).Search("churn")
	if len(found) < 3 || found[0].ID != "churn_rate" {
		t.Errorf("found %d, first %v", len(found), found)
	}
	if found := standard(t).Search("Kaplan median"); len(found) == 0 {
		t.Error("attributes are not searched")
	}
}

// own writes a KPI of the user's own: seats per customer.
func own(t *testing.T, id string) string {
	t.Helper()
	body, err := os.ReadFile("library/mrr_per_account.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := strings.NewReplacer("id: mrr_per_account", "id: "+id, "value: money", "value: number",
		"mrr: {fact: mrr_span, agg: sum, field: mrr, as_of: period_end}", "mrr: {fact: account, agg: max, field: seats, as_of: period_end}").Replace(string(body))
	if err := os.WriteFile(filepath.Join(dir, "own.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestUsersOwnDefinitions(t *testing.T) {
	l := standard(t)
	if err := l.Load(own(t, "seats_per_account")); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Find("seats_per_account"); err != nil {
		t.Error(err)
	}
	before := len(l.All())
	if err := l.Load(own(t, "churn_rate")); fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "already") {
		t.Errorf("a second churn_rate: %v", err)
	}
	if err := l.Load(filepath.Join(t.TempDir(), "none")); fault.KindOf(err) != fault.NotFound {
		t.Errorf("no directory: %v", err)
	}
	if len(l.All()) != before {
		t.Error("a refused file changed the library")
	}
}

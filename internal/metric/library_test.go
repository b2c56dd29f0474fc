package metric_test

import (
	"os"
	"path/filepath"
	"slices"
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

func TestSearchKeepsToNamesWhereItCan(t *testing.T) {
	l := standard(t)
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"churn", []string{"churn_rate", "customer_lifetime"}}, // the other's name is Time to churn
		{"Churn rate", []string{"churn_rate"}},
		{"time to value", []string{"time_to_value"}},
		{"retention", []string{"customer_retention_post_training", "retention_rate", "grr", "nrr"}},
		{"NPS", []string{"nps_education", "nps_product"}},
		{"weather", nil},
	} {
		var got []string
		for _, d := range l.Search(tt.text) {
			got = append(got, d.ID)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q finds %v, want %v", tt.text, got, tt.want)
		}
	}
	for _, d := range l.Search("Kaplan median") { // in no name: in the attributes
		if a := strings.ToLower(d.Attributes.MeasurementApproach + d.Attributes.Definition + d.Attributes.StandardFormula); !strings.Contains(a, "kaplan") {
			t.Errorf("%s says nothing of Kaplan", d.ID)
		}
	}
	if len(l.Search("Kaplan median")) == 0 {
		t.Error("attributes are not searched")
	}
	if n := len(l.Search("")); n != len(l.All()) {
		t.Errorf("no words find %d of %d", n, len(l.All()))
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

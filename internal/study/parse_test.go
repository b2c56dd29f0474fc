package study

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/liftmark/liftmark/internal/fault"
)

// example is the study file in the comment of Plan.
const example = `
id: onboarding
title: Onboarding Academy
treatment:
  course: onboarding
  share_of_seats: 0.3
population: plan != 'free'
outcomes:
  - kpi: churn_rate
    horizon: 12
    worth: 0.01
  - kpi: tickets_per_account_month
guards: [nps_product]
negative_control: {kpi: tickets_per_account_month, params: {topic: billing}}
covariates:
  fields: [plan, industry, seats]
  kpis: [product_adoption_rate, tickets_per_account_month]
seed: 1
`

func TestParse(t *testing.T) {
	got, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	want := Plan{
		ID: "onboarding", Title: "Onboarding Academy",
		Treatment:       Treatment{Course: "onboarding", Share: 0.3},
		Population:      "plan != 'free'",
		Outcomes:        []OutcomeRef{{KPI: "churn_rate", Horizon: 12, Worth: 0.01}, {KPI: "tickets_per_account_month"}},
		Guards:          []OutcomeRef{{KPI: "nps_product"}},
		NegativeControl: &OutcomeRef{KPI: "tickets_per_account_month", Params: map[string]string{"topic": "billing"}},
		Covariates:      Covariates{Fields: []string{"plan", "industry", "seats"}, KPIs: []string{"product_adoption_rate", "tickets_per_account_month"}},
		Seed:            1,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestParseReportsEveryProblemWithItsLine(t *testing.T) {
	_, err := Parse([]byte(`id: Onboarding Academy
treatmnt: {}
treatment:
  course: onboarding
  program: academy
  share_of_seats: 30
  verb: complete
outcomes:
  - kpi: churn_rate
    horizon: twelve
  - worth: -1
  - churn_rate
guards: nps
covariates: {fields: [plan, plan]}
zone: Mars/Olympus
draws: 3
seed: -1
`))
	if fault.KindOf(err) != fault.Invalid {
		t.Fatalf("kind %q of %v", fault.KindOf(err), err)
	}
	for _, want := range []string{
		`line 1: id "Onboarding Academy"`,
		`line 2: unknown key "treatmnt" in a study; did you mean "treatment"?`,
		`line 4: treatment: name exactly one of course, activity and program`,
		`line 6: 30 is not a share above 0 and up to 1 (30 % is 0.3)`,
		`line 7: "complete" is none of`, `did you mean "completed"?`,
		`line 10: "twelve" is not a whole number from 1 to 60`,
		`line 11: outcome needs the key "kpi"`, `line 11: -1 is not above 0`,
		`outcome churn_rate is asked twice`,
		`line 13: a list is wanted here`,
		`line 14: "plan" is listed twice`,
		`line 15: zone "Mars/Olympus" is no IANA time zone`,
		`line 16: "3" is not a whole number from 99 to 100000`,
		`line 17: seed "-1" is not a whole number from 0`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":           "",
		"comment":         "# nothing\n",
		"no mapping":      "- a\n- b\n",
		"two documents":   "id: a\n---\nid: b\n",
		"not YAML":        "id: [a\n",
		"key twice":       "id: a\nid: b\ntreatment: {course: c}\noutcomes: [k]\n",
		"keys missing":    "id: a\n",
		"null":            "id:\ntreatment: {course: c}\noutcomes: [k]\n",
		"share and count": "id: a\ntreatment: {course: c, share_of_seats: 0.1, people: 2}\noutcomes: [k]\n",
	} {
		if _, err := Parse([]byte(text)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Add([]byte("id: a\ntreatment: &t {course: c}\noutcomes: [{kpi: k, params: {a: *t}}]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		if len(p.Outcomes)+len(p.Guards) > 0 && p.Hash() != p.withDefaults().Hash() {
			t.Error("defaults spelled out change the hash")
		}
	})
}

func TestHashIsOfTheMeaning(t *testing.T) {
	first, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	same, err := Parse([]byte("draws: 1000\nzone: UTC\n" + example))
	if err != nil {
		t.Fatal(err)
	}
	if first.Hash() != same.Hash() {
		t.Error("spelling out defaults changes the hash")
	}
	same.Seed = 2
	if first.Hash() == same.Hash() {
		t.Error("another seed has the same hash")
	}
}

package lrs_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// The roles are those that xAPI 1.0.3 Communication 2.1.3 and IEEE 9274.1.1
// 4.1.6.1 name in the filters agent, related_agents, activity and
// related_activities.
func TestIndexFindsEveryRole(t *testing.T) {
	st, err := xapi.Parse(xapi.V2, []byte(`{
		"id": "0190F3A0-0000-7000-8000-000000000001",
		"actor": {"objectType":"Group","name":"Us","account":{"homePage":"https://a.example","name":"us"},"member":[{"mbox":"mailto:ann@EXAMPLE.com","name":"Ann"}]},
		"verb": {"id":"https://v.example/did"},
		"authority": {"openid":"https://o.example"},
		"context": {
			"registration": "0190F3A0-0000-7000-8000-00000000000A",
			"instructor": {"mbox":"mailto:tim@example.com"},
			"team": {"objectType":"Group","member":[{"mbox":"mailto:ann@EXAMPLE.com"}]},
			"statement": {"objectType":"StatementRef","id":"0190f3a0-0000-7000-8000-0000000000ff"},
			"contextAgents": [{"objectType":"contextAgent","agent":{"mbox":"mailto:zoe@example.com"},"relevantTypes":["https://t.example"]}],
			"contextGroups": [{"objectType":"contextGroup","group":{"objectType":"Group","mbox":"mailto:all@example.com"},"relevantTypes":["https://t.example"]}],
			"contextActivities": {"parent":[{"id":"https://c.example","definition":{"name":{"en":"C"}}}],"other":[{"id":"https://d.example"}]}
		},
		"object": {"objectType":"SubStatement","actor":{"mbox":"mailto:sue@example.com"},"verb":{"id":"https://v.example/other"},
			"object":{"id":"https://s.example","definition":{"type":"https://t.example"}},
			"context":{"contextActivities":{"grouping":[{"id":"https://g.example"}]}}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	got := lrs.Index(st)
	want := state.NewStatement{
		ID: "0190f3a0-0000-7000-8000-000000000001",
		Terms: []state.Term{
			{Kind: state.TermAgent, Text: "account::https://a.example|us"},
			{Kind: state.TermAgent, Text: "mbox::mailto:ann@example.com"},
			{Kind: state.TermRelatedAgent, Text: "mbox::mailto:all@example.com"},
			{Kind: state.TermRelatedAgent, Text: "mbox::mailto:ann@example.com"},
			{Kind: state.TermRelatedAgent, Text: "mbox::mailto:sue@example.com"},
			{Kind: state.TermRelatedAgent, Text: "mbox::mailto:tim@example.com"},
			{Kind: state.TermRelatedAgent, Text: "mbox::mailto:zoe@example.com"},
			{Kind: state.TermRelatedAgent, Text: "openid::https://o.example"},
			{Kind: state.TermRelatedActivity, Text: "https://c.example"},
			{Kind: state.TermRelatedActivity, Text: "https://d.example"},
			{Kind: state.TermRelatedActivity, Text: "https://g.example"},
			{Kind: state.TermRelatedActivity, Text: "https://s.example"},
			{Kind: state.TermVerb, Text: "https://v.example/did"},
			{Kind: state.TermRegistration, Text: "0190f3a0-0000-7000-8000-00000000000a"},
			{Kind: state.TermAuthority, Text: "openid::https://o.example"},
		},
		Names: []state.AgentName{{Agent: "account::https://a.example|us", Name: "Us"}, {Agent: "mbox::mailto:ann@example.com", Name: "Ann"}},
		Definitions: []state.Definition{
			{Activity: "https://s.example", JSON: []byte(`{"type":"https://t.example"}`)},
			{Activity: "https://c.example", JSON: []byte(`{"name":{"en":"C"}}`)},
		},
	}
	slices.SortFunc(got.Definitions, func(a, b state.Definition) int { return strings.Compare(b.Activity, a.Activity) })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

func TestIndexFollowsTheObjectAlone(t *testing.T) {
	for _, tt := range []struct {
		name, verb, object, refers string
		voids                      bool
	}{
		{"reference", "https://v.example", `{"objectType":"StatementRef","id":"0190F3A0-0000-7000-8000-0000000000FF"}`, "0190f3a0-0000-7000-8000-0000000000ff", false},
		{"voiding", "http://adlnet.gov/expapi/verbs/voided", `{"objectType":"StatementRef","id":"0190f3a0-0000-7000-8000-0000000000ff"}`, "0190f3a0-0000-7000-8000-0000000000ff", true},
		{"activity", "https://v.example", `{"id":"https://a.example"}`, "", false},
	} {
		st, err := xapi.Parse(xapi.V1, []byte(`{"actor":{"mbox":"mailto:a@example.com"},"verb":{"id":"`+tt.verb+`"},"object":`+tt.object+`}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := lrs.Index(st); got.RefersTo != tt.refers || got.Voids != tt.voids {
			t.Errorf("%s: refers to %q, voids %v", tt.name, got.RefersTo, got.Voids)
		}
	}
}

package file_test

import (
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
)

func TestMappingErrorsNameTheLine(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"no list", "file: x\n", "m.yaml:1: a mapping is a list"},
		{"unknown key", "- file: x\n  fact: usage\n  colums: {}\n", `m.yaml:3: a rule has no "colums"`},
		{"unknown fact", "- file: x\n  fact: usages2\n", `m.yaml:1: there is no fact "usages2"`},
		{"unknown field", "- file: x\n  fact: usage\n  columns:\n    a: tiem\n", `m.yaml:4: usage has no field "tiem"`},
		{"unknown value key", "- file: x\n  fact: usage\n  columns:\n    a: {field: time, fromat: dmy}\n", `m.yaml:4: a value has no "fromat"`},
		{"bad format", "- file: x\n  fact: usage\n  columns:\n    a: {field: time, format: ddmmyy}\n", `m.yaml:4: format "ddmmyy"`},
		{"bad zone", "- file: x\n  fact: usage\n  zone: Berlin\n", `m.yaml:1: zone "Berlin"`},
		{"bad condition", "- file: x\n  fact: usage\n  skip: [whatever]\n", `m.yaml:3: "whatever" is no condition`},
		{"no fact", "- file: x\n", "m.yaml:1: the rule needs either fact: or rows:"},
		{"no file", "- fact: usage\n", "m.yaml:1: the rule has no file"},
		{"not YAML", "- [", "m.yaml is not YAML"},
		{"empty", "", "m.yaml is empty"},
	} {
		_, err := file.ParseMapping("m.yaml", []byte(tt.text))
		if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestMappingOfAMissingColumnNamesLineAndColumns(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "crm.csv", "No,Name\n1,Acme\n")
	_, err := im.Import(t.Context(), paths, file.Options{Mapping: mapping(t, "- file: 'crm*'\n  fact: account\n  columns:\n    Number: account_id\n")})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), `mapping.yaml:4:`) || !strings.Contains(err.Error(), `no column "Number"; it has No, Name`) {
		t.Errorf("got %v", err)
	}
}

func TestMappingBringsAForeignFileIn(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "CRM Export 2026.csv", "Customer No;Since;Licences;Land;Type;Internal;Segment\n"+
		"17;03.04.2025;1.200;Deutschland;Live;secret;SMB\n18;?;n/a;Schweiz;Live;secret;?\n19;04.04.2025;5;Schweiz;Test;secret;SMB\n20;31.02.2025;5;Mars;Live;secret;SMB\n")
	m := mapping(t, `
- file: "crm*"
  fact: account
  "null": ["?", "n/a"]
  zone: Europe/Berlin
  skip: "Type = Test"
  columns:
    Customer No: account_id
    Since: {field: signup_at, format: dmy}
    Licences: {field: seats, decimal: ","}
    Land: {field: country, values: {Deutschland: DE, Schweiz: CH}}
    Internal: ~
  constants: {region: DACH}
`)
	report := mustImport(t, im, file.Options{Mapping: m}, paths...)
	if want := (file.Counts{Read: 4, Added: 2, Rejected: 1, Skipped: 1}); report.Rows != want {
		t.Errorf("got %+v, want %+v", report.Rows, want)
	}
	expect(t, im, "SELECT concat_ws('|', account_id, signup_at, seats, country, region, attributes::VARCHAR) FROM account ORDER BY 1",
		"17|2025-04-02 22:00:00|1200|DE|DACH|{type=Live, segment=SMB}", "18|CH|DACH|{type=Live}")
	// Another mapping of the same file is no repetition.
	again := mustImport(t, im, file.Options{Mapping: mapping(t, "- {file: 'crm*', fact: account, columns: {Customer No: account_id}, attributes: none}")}, paths...)
	if again.Rows.Replaced != 2 || again.Rows.Added != 2 {
		t.Errorf("with another mapping: %+v", again.Rows)
	}
}

func TestOneRowBecomesSeveralFacts(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "enrolments.csv", "course,learner,mail,percent,start,days,months\nA,7,Ann@x.com,90,2026-01-01,10,\nB,8,,,2026-01-01,,3\n")
	m := mapping(t, `
- file: "enrolments*"
  let:
    key: "{course}-{learner}"
    end: "{start}"
  rows:
    - fact: person
      set: {person_id: "{key}", email: "{mail}"}
      attributes: [course]
    - fact: learning
      when: ["percent >= 50", "days is not empty"]
      set:
        event_id: "{key}:done"
        time: {from: "{end}", plus_days: {from: "{days}", multiply: 0.5, at_most: "8"}}
        person_id: "{key}"
        activity_id: "{course}"
        verb: completed
        score: {from: "{percent}", multiply: 0.01}
    - fact: learning
      when: "months in 3, 4"
      set: {event_id: "{key}:start", time: {from: "{start}", minus_months: "{months}"}, person_email: "{mail}", person_id: "{key}", activity_id: "{{B}}", verb: started}
`)
	mustImport(t, im, file.Options{Mapping: m}, paths...)
	expect(t, im, "SELECT concat_ws('|', event_id, time, person_id, activity_id, verb, score) FROM learning ORDER BY 1",
		"A-7:done|2026-01-05 00:00:00|A-7|A|completed|0.9", "B-8:start|2025-10-01 00:00:00|B-8|{B}|started")
}

func TestPersonEmailStandsForThePerson(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "people.csv", peopleCSV, "usage.csv", "event_id,time,Person Email,feature\ne1,2026-03-01, ANN@example.com,export\n")
	report := mustImport(t, im, file.Options{}, paths...)
	expect(t, im, "SELECT i.person_id FROM usage JOIN identity i ON i.value = usage.person_id", "p1")
	for _, w := range report.Warnings {
		if w.Code == "unresolved_person" {
			t.Errorf("the person is not found: %+v", w)
		}
	}
}

func TestIdentityConflictsAreListed(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "people.csv", "person_id,email\np1,shared@x.com\np2,Shared@X.com\n", "usage.csv", "event_id,time,person_id,feature\ne1,2026-03-01,p9,export\n")
	report := mustImport(t, im, file.Options{}, paths...)
	codes := map[string][]string{}
	for _, w := range report.Warnings {
		codes[w.Code] = w.Examples
	}
	if len(codes["identity_conflict"]) != 1 || codes["identity_conflict"][0] != "shared@x.com is claimed by p1, p2" {
		t.Errorf("conflicts: %v", codes)
	}
	if len(codes["unresolved_person"]) != 1 || codes["unresolved_person"][0] != "p9" {
		t.Errorf("unresolved: %v", codes)
	}
}

package file_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/reference"
)

func TestSuggestionsImport(t *testing.T) {
	im := importer(t, "")
	_, paths := folder(t, "crm export.csv", "Customer ID;Company Name;Since;Licences;Notes\nc1;Acme;03/04/2025;12;x\nc2;Bolt;05/06/2025;3;y\n",
		"cases.csv", "Case No,Customer ID,Opened,Closed,Topic\n7,c1,2026-01-31 10:00,,billing\n")
	text, err := im.Suggest(t.Context(), paths)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"Customer ID": account_id`, `"Since": {field: signup_at, format: dmy}   # QUESTION`, `"Licences": seats`, `"Notes" is kept as the attribute notes (text)`, "fact: ticket", `"Case No": ticket_id`} {
		if !strings.Contains(text, want) {
			t.Errorf("the suggestion lacks %s", want)
		}
	}
	mustImport(t, im, file.Options{Mapping: mapping(t, text)}, paths...)
	expect(t, im, "SELECT concat_ws('|', account_id, name, seats, signup_at::DATE, attributes['notes']) FROM account ORDER BY 1", "c1|Acme|12|2025-04-03|x", "c2|Bolt|3|2025-06-05|y")
	expect(t, im, "SELECT concat_ws('|', ticket_id, account_id, opened_at, topic) FROM ticket", "7|c1|2026-01-31 10:00:00|billing")
	if t.Failed() {
		t.Log(text)
	}
}

func TestSuggestionsFlagOpenNumbers(t *testing.T) {
	for _, tt := range []struct{ first, second, want string }{
		{"1.200", "950", `"MRR": mrr   # QUESTION: which mark separates decimals in 1.200?`},
		{"950", "1,200", `"MRR": mrr   # QUESTION: which mark separates decimals in 1,200?`},
		{"1.200", "0,5", `"MRR": {field: mrr, decimal: ","}   # as in 0,5`},
		{"1.200", "0.5", `"MRR": mrr` + "\n"},
	} {
		im := importer(t, "")
		_, paths := folder(t, "revenue.csv", "Invoice No;Date;Customer ID;Kind;MRR;Currency\ni1;2026-01-31;c1;new;"+tt.first+";EUR\ni2;2026-01-31;c2;new;"+tt.second+";EUR\n")
		text, err := im.Suggest(t.Context(), paths)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(text, tt.want) {
			t.Errorf("for %s and %s the suggestion lacks %s:\n%s", tt.first, tt.second, tt.want, text)
		}
		_, err = im.Import(t.Context(), paths, file.Options{Mapping: mapping(t, text)})
		if asked := err != nil; asked != strings.Contains(tt.want, "QUESTION") {
			t.Errorf("for %s and %s the import says %v", tt.first, tt.second, err)
		}
	}
}

func TestSuggestNamesWhatIsMissing(t *testing.T) {
	im := importer(t, "")
	text, err := im.Suggest(t.Context(), []string{filepath.Join(reference.Path(t, "telco-churn"), "telco.csv")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.ParseMapping("suggested", []byte(text)); err != nil {
		t.Errorf("the suggestion is no mapping: %v\n%s", err, text)
	}
}

package file_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
)

func encoded(t testing.TB, e encoding.Encoding, text string) string {
	t.Helper()
	s, err := e.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func gzipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func zstandard(t testing.TB, text string) string {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return string(w.EncodeAll([]byte(text), nil))
}

// Each writing of the same two accounts gives the same facts.
func TestWritingsOfTheSameTable(t *testing.T) {
	const plain = "account_id,name,seats\na1,Käse; \"Brot\",7\na2,\"two\nlines\",\n"
	quoted := strings.ReplaceAll(plain, `Käse; "Brot"`, `"Käse; ""Brot"""`)
	utf16 := func(e unicode.Endianness, bom unicode.BOMPolicy) string {
		return encoded(t, unicode.UTF16(e, bom), quoted)
	}
	for name, content := range map[string]string{
		"accounts.csv":           quoted,
		"accounts-crlf.csv":      strings.ReplaceAll(strings.ReplaceAll(quoted, "\n", "\r\n"), "two\r\nlines", "two\nlines"),
		"accounts-crlf-mix.csv":  strings.Replace(quoted, "\n", "\r\n", 1),
		"accounts-bom.csv":       "\ufeff" + quoted,
		"accounts-16le.csv":      utf16(unicode.LittleEndian, unicode.UseBOM),
		"accounts-16be.csv":      utf16(unicode.BigEndian, unicode.UseBOM),
		"accounts-16le-bare.csv": utf16(unicode.LittleEndian, unicode.IgnoreBOM),
		"accounts-16be-bare.csv": utf16(unicode.BigEndian, unicode.IgnoreBOM),
		"accounts-1252.csv":      encoded(t, charmap.Windows1252, quoted),
		"accounts.tsv":           "account_id\tname\tseats\na1\t\"Käse; \"\"Brot\"\"\"\t7\na2\t\"two\nlines\"\t\n",
		"accounts-semi.csv":      "account_id;name;seats\na1;\"Käse; \"\"Brot\"\"\";7\na2;\"two\nlines\";\n",
		"accounts-pipe.txt":      "Account ID|NAME|Seats\na1|\"Käse; \"\"Brot\"\"\"|7\n\na2|\"two\nlines\"|\n\n",
		"accounts-excel.csv":     "sep=;\r\naccount_id;name;seats\r\na1;\"Käse; \"\"Brot\"\"\";7\r\na2;\"two\nlines\";\r\n",
		"accounts.csv.gz":        gzipped(t, quoted),
		"accounts-gz.csv":        gzipped(t, quoted),
		"accounts.csv.zst":       zstandard(t, quoted),
		"accounts.jsonl":         `{"account_id":"a1","name":"Käse; \"Brot\"","seats":7}` + "\n\n" + `{"name":"two\nlines","seats":null,"account_id":"a2"}` + "\n",
		"accounts.ndjson.gz":     gzipped(t, `{"accountId":"a1","name":"Käse; \"Brot\"","seats":7}`+"\n"+`{"accountId":"a2","name":"two\nlines"}`),
	} {
		t.Run(name, func(t *testing.T) {
			im := importer(t, "")
			_, paths := folder(t, name, content)
			report := mustImport(t, im, file.Options{}, paths...)
			expect(t, im, "SELECT concat_ws('|', account_id, name, seats) FROM account ORDER BY 1", "a1|Käse; \"Brot\"|7", "a2|two\nlines")
			if strings.Contains(name, "1252") && (len(report.Warnings) != 1 || report.Warnings[0].Code != "encoding") {
				t.Errorf("nothing said about the encoding: %+v", report.Warnings)
			}
		})
	}
}

func TestParquet(t *testing.T) {
	im := importer(t, "")
	path := filepath.Join(t.TempDir(), "usage[1].parquet") // the engine would take the name for a pattern
	if _, err := im.DB.SQL().Exec(`COPY (SELECT 'e' || i AS event_id, TIMESTAMPTZ '2026-01-05 10:00:00+02' + to_hours(i) AS time, i AS person_id, ' export ' AS feature, i / 2 AS quantity, [1, i] AS extra
		FROM range(3) t(i)) TO '` + strings.ReplaceAll(path, "[1]", "1") + `'`); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(strings.ReplaceAll(path, "[1]", "1"), path); err != nil {
		t.Fatal(err)
	}
	mustImport(t, im, file.Options{}, path)
	expect(t, im, "SELECT concat_ws('|', event_id, time, person_id, feature, quantity, attributes['extra']) FROM usage ORDER BY 1",
		"e0|2026-01-05 08:00:00|0|export|0.0|[1,0]", "e1|2026-01-05 09:00:00|1|export|0.5|[1,1]", "e2|2026-01-05 10:00:00|2|export|1.0|[1,2]")
}

func workbook(t testing.TB, fill func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	fill(f)
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// withoutType takes the type of a cell out of a workbook, as programs write it
// that do not compute formulas.
func withoutType(t testing.TB, content, cell string) string {
	t.Helper()
	in, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	out := zip.NewWriter(&b)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		w, err := out.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.ReplaceAll(data, []byte(`r="`+cell+`" t="str"`), []byte(`r="`+cell+`"`))); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWorkbook(t *testing.T) {
	content := workbook(t, func(f *excelize.File) {
		check := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		check(f.SetSheetName("Sheet1", "Accounts"))
		date, err := f.NewStyle(&excelize.Style{NumFmt: 14})
		check(err)
		format := `[$-409]d\-mmm\-yy h:mm;@`
		custom, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
		check(err)
		check(f.SetSheetRow("Accounts", "A2", &[]any{"Account ID", "Seats", "Signup At", "Note"}))
		check(f.SetSheetRow("Accounts", "A3", &[]any{"a1", 12, 46027, "x"})) // 46027 is 5 January 2026
		check(f.SetCellStyle("Accounts", "C3", "C3", date))
		check(f.SetSheetRow("Accounts", "A4", &[]any{"a2", nil, 46027.4375, "y"})) // 10:30
		check(f.SetCellStyle("Accounts", "C4", "C4", custom))
		check(f.SetSheetRow("Accounts", "A5", &[]any{"a3"}))
		check(f.SetCellFormula("Accounts", "B5", "6*7")) // without a stored value
		_, err = f.NewSheet("people")
		check(err)
		check(f.SetSheetRow("people", "A1", &[]any{"person_id", "created_at"}))
		check(f.SetSheetRow("people", "A2", &[]any{"p1", time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)}))
		_, err = f.NewSheet("Empty")
		check(err)
	})
	im := importer(t, "")
	_, paths := folder(t, "export.xlsx", withoutType(t, content, "B5"))
	report := mustImport(t, im, file.Options{}, paths...)
	expect(t, im, "SELECT concat_ws('|', account_id, seats, signup_at, attributes['note']) FROM account ORDER BY 1", "a1|12|2026-01-05 00:00:00|x", "a2|2026-01-05 10:30:00|y")
	expect(t, im, "SELECT created_at::VARCHAR FROM person", "2026-02-03 04:05:06")
	var rejects []file.RejectSummary
	for _, f := range report.Files {
		rejects = append(rejects, f.Rejects...)
	}
	if len(rejects) != 1 || rejects[0].Code != file.CodeFormula || rejects[0].Column != "Seats" || rejects[0].Examples[0] != (file.Example{Row: 3, Line: 5, Value: "=6*7"}) {
		t.Errorf("rejects: %+v", rejects)
	}
}

func TestFormulaWithStoredValue(t *testing.T) {
	content := workbook(t, func(f *excelize.File) {
		_ = f.SetSheetRow("Sheet1", "A1", &[]any{"account_id", "seats"})
		_ = f.SetSheetRow("Sheet1", "A2", &[]any{"a1", 42})
		if err := f.SetCellFormula("Sheet1", "B2", "6*7"); err != nil {
			t.Fatal(err)
		}
	})
	im := importer(t, "")
	_, paths := folder(t, "accounts.xlsx", content)
	mustImport(t, im, file.Options{}, paths...)
	expect(t, im, "SELECT seats FROM account", "42")
}

// times imports one account for each text of signup_at and gives what became of
// them: the times, and the codes of those refused.
func times(t *testing.T, m *file.Mapping, texts ...string) ([]string, file.Report, error) {
	t.Helper()
	im := importer(t, "")
	var b strings.Builder
	b.WriteString("account_id\tsignup_at\n")
	for i, text := range texts {
		b.WriteString(string(rune('a'+i)) + "\t" + text + "\n")
	}
	_, paths := folder(t, "accounts.tsv", b.String())
	report, err := im.Import(t.Context(), paths, file.Options{Mapping: m})
	if err != nil {
		return nil, report, err
	}
	return column(t, im, "SELECT strftime(signup_at, '%Y-%m-%d %H:%M:%S') FROM account ORDER BY account_id"), report, nil
}

func TestTimes(t *testing.T) {
	berlin := "- {file: 'accounts*', fact: account, zone: Europe/Berlin}"
	for _, tt := range []struct {
		name, mapping string
		texts         []string
		want          []string
		refused       string // the code of those missing from want
	}{
		{name: "iso", texts: []string{"2026-01-05", "2026-01-05T10:00:00Z", "2026-01-05 10:00", "2026/01/05"},
			want: []string{"2026-01-05 00:00:00", "2026-01-05 10:00:00", "2026-01-05 10:00:00", "2026-01-05 00:00:00"}},
		{name: "offsets", texts: []string{"2026-01-05T10:00:00+02:00", "2026-01-05T10:00:00.5-0530", "2026-01-05 10:00-05"},
			want: []string{"2026-01-05 08:00:00", "2026-01-05 15:30:00", "2026-01-05 15:00:00"}},
		{name: "zone", mapping: berlin, texts: []string{"2026-01-05 10:00", "2026-07-05T10:00:00", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00+00:00"},
			want: []string{"2026-01-05 09:00:00", "2026-07-05 08:00:00", "2026-01-05 10:00:00", "2026-01-05 10:00:00"}},
		{name: "epochs", texts: []string{"1700000000", "1700000000000", "20260131"}, // date -u -d @1700000000
			want: []string{"2023-11-14 22:13:20", "2023-11-14 22:13:20", "2026-01-31 00:00:00"}},
		{name: "day first, as one row shows", texts: []string{"03/04/2026", "31/12/2026 10:30"}, want: []string{"2026-04-03 00:00:00", "2026-12-31 10:30:00"}},
		{name: "month first, as one row shows", texts: []string{"03/04/2026", "12/31/2026 1:05 PM"}, want: []string{"2026-03-04 00:00:00", "2026-12-31 13:05:00"}},
		{name: "either way the same", texts: []string{"05.05.2026", "7-7-26"}, want: []string{"2026-05-05 00:00:00", "2026-07-07 00:00:00"}},
		{name: "named months", texts: []string{"5 Dec 2026", "December 5, 2026", "05-Dec-26"}, want: []string{"2026-12-05 00:00:00", "2026-12-05 00:00:00", "2026-12-05 00:00:00"}},
		{name: "both orders", texts: []string{"31/12/2026", "12/31/2026", "03/04/2026", "2026-01-01"}, want: []string{"2026-12-31 00:00:00", "2026-12-31 00:00:00", "2026-01-01 00:00:00"}, refused: file.CodeAmbiguousDate},
		{name: "nonsense", texts: []string{"2026-02-30", "tomorrow", "epoch", "infinity", "0026-01-01", "12"}, refused: file.CodeTime},
		{name: "answered", mapping: "- {file: 'accounts*', fact: account, columns: {signup_at: {field: signup_at, format: mdy}}}", texts: []string{"03/04/2026"}, want: []string{"2026-03-04 00:00:00"}},
		{name: "pattern", mapping: "- {file: 'accounts*', fact: account, columns: {signup_at: {field: signup_at, format: '%d.%m.%y'}}}", texts: []string{"03.04.26"}, want: []string{"2026-04-03 00:00:00"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var m *file.Mapping
			if tt.mapping != "" {
				m = mapping(t, tt.mapping)
			}
			got, report, err := times(t, m, tt.texts...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]string{}, tt.want...), got); diff != "" {
				t.Error(diff)
			}
			for _, r := range report.Files[0].Rejects {
				if r.Code != tt.refused {
					t.Errorf("refused as %s: %+v", r.Code, r)
				}
			}
			if n := int(report.Rows.Rejected) + len(got); n != len(tt.texts) {
				t.Errorf("%d of %d rows are accounted for", n, len(tt.texts))
			}
		})
	}
}

func TestAmbiguousDatesAreAsked(t *testing.T) {
	_, report, err := times(t, nil, "03/04/2026", "05/06/2026", "2026-01-01")
	if fault.KindOf(err) != fault.Invalid || len(report.Questions) != 1 {
		t.Fatalf("got %v and %+v", err, report.Questions)
	}
	q := report.Questions[0]
	if q.Column != "signup_at" || !cmp.Equal(q.Examples, []string{"03/04/2026", "05/06/2026"}) || len(q.Answers) != 2 {
		t.Errorf("the question is %+v", q)
	}
	for i, want := range []string{"2026-04-03 00:00:00", "2026-03-04 00:00:00"} {
		got, _, err := times(t, mapping(t, q.Answers[i]), "03/04/2026")
		if err != nil || !cmp.Equal(got, []string{want}) {
			t.Errorf("the answer %s gives %v, %v", q.Answers[i], got, err)
		}
	}
}

// amounts imports one revenue row for each text of amount.
func amounts(t *testing.T, m *file.Mapping, texts ...string) ([]string, file.Report, error) {
	t.Helper()
	im := importer(t, "")
	var b strings.Builder
	b.WriteString("revenue_id\ttime\taccount_id\tkind\tamount\tcurrency\n")
	for i, text := range texts {
		b.WriteString(string(rune('a'+i)) + "\t2026-01-01\ta1\tone_off\t" + text + "\n")
	}
	_, paths := folder(t, "revenue.tsv", b.String())
	report, err := im.Import(t.Context(), paths, file.Options{Mapping: m})
	if err != nil {
		return nil, report, err
	}
	return column(t, im, "SELECT amount::VARCHAR FROM revenue ORDER BY revenue_id"), report, nil
}

func TestAmounts(t *testing.T) {
	for _, tt := range []struct {
		name  string
		texts []string // amount and currency
		want  []string // minor units
		code  string
	}{
		{name: "plain", texts: []string{"12.50\tUSD", "-3\tusd", "1e3\tEUR", "0.125\t"}, want: []string{"1250", "-300", "100000", "13"}},
		{name: "exponents", texts: []string{"1200\tJPY", "1.5\tKWD", "1.5\tCLF"}, want: []string{"1200", "1500", "15000"}}, // ISO 4217: 0, 3 and 4 digits
		{name: "comma separates thousands", texts: []string{"1,234.50\tUSD", "1,234\tUSD", "$2,000,000\tUSD"}, want: []string{"123450", "123400", "200000000"}},
		{name: "point separates thousands", texts: []string{"1.234,50\tEUR", "1.234\tEUR", "7,5\tEUR", "€ 12\tEUR"}, want: []string{"123450", "123400", "750", "1200"}},
		{name: "both", texts: []string{"1.234,50\tEUR", "1,234.50\tEUR", "1,234\tEUR", "7\tEUR"}, want: []string{"123450", "123450", "700"}, code: file.CodeAmbiguousNumber},
		{name: "nonsense", texts: []string{"nan\tEUR", "inf\tEUR", "1_000\tEUR", "12 EUR\tEUR", "1e400\tEUR"}, code: file.CodeNumber},
		{name: "no currency", texts: []string{"1\tXYZ", "1\tEURO"}, code: file.CodeCurrency},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, report, err := amounts(t, nil, tt.texts...)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(append([]string{}, tt.want...), got); diff != "" {
				t.Error(diff)
			}
			for _, r := range report.Files[0].Rejects {
				if r.Code != tt.code {
					t.Errorf("refused as %s: %+v", r.Code, r)
				}
			}
		})
	}
}

// Each column can be read in two ways; the first answer is a thousand, the
// second a little more than one. Minor units of EUR are cents.
func TestOpenAmountsAreAsked(t *testing.T) {
	for _, tt := range []struct {
		texts, examples []string
		want            [2][]string
	}{
		{texts: []string{"1,234\tEUR", "12\tEUR"}, examples: []string{"1,234"}, want: [2][]string{{"123400", "1200"}, {"123", "1200"}}},
		{texts: []string{"1.200\tEUR", "950\tEUR"}, examples: []string{"1.200"}, want: [2][]string{{"120000", "95000"}, {"120", "95000"}}},
		{texts: []string{"-1.200\tEUR", "12000\tEUR", "€ 3.500\tEUR"}, examples: []string{"-1.200", "€ 3.500"}, want: [2][]string{{"-120000", "1200000", "350000"}, {"-120", "1200000", "350"}}},
	} {
		_, report, err := amounts(t, nil, tt.texts...)
		if fault.KindOf(err) != fault.Invalid || len(report.Questions) != 1 || report.Files == nil {
			t.Fatalf("%q is not asked: %v, %+v", tt.texts, err, report)
		}
		q := report.Questions[0]
		if diff := cmp.Diff(tt.examples, q.Examples); diff != "" {
			t.Error(diff)
		}
		if strings.Contains(err.Error(), q.Question) {
			t.Errorf("the error repeats the question: %v", err)
		}
		for i, answer := range q.Answers {
			got, _, err := amounts(t, mapping(t, answer), tt.texts...)
			if err != nil || !cmp.Equal(got, tt.want[i]) {
				t.Errorf("by the answer %s, %q is %v, %v", answer, tt.texts, got, err)
			}
		}
	}
	_, report, err := amounts(t, nil, "1.200\tEUR", "1,200\tEUR")
	if err == nil || len(report.Questions) != 1 || len(report.Questions[0].Examples) != 2 {
		t.Errorf("two marks without a decisive value: %v, %+v", err, report.Questions)
	}
}

// One value that can be read in one way only decides for its column: 1.200 is
// then 1.2 beside a decimal point, and 1200 beside a point between thousands.
func TestDecisiveValuesDecideForTheColumn(t *testing.T) {
	for decisive, want := range map[string]string{
		"1.25": "120", "0.5": "120", ".125": "120", "0.125": "120", "1234.567": "120", "1.2345": "120", "1.0": "120", "1.5e3": "120", "1,234.5": "120", "1,234,567": "120",
		"1.234.567": "120000", "1.234,5": "120000", "0,5": "120000", "7,25": "120000",
	} {
		got, report, err := amounts(t, nil, "1.200\tEUR", "950\tEUR", decisive+"\tEUR")
		if err != nil || len(got) != 3 || got[0] != want {
			t.Errorf("beside %s, 1.200 is %v, want %s; %v %+v", decisive, got, want, err, report.Questions)
		}
	}
}

// Numbers that their format marks as numbers, and fields whose bounds leave no
// room for thousands, are not asked about. Texts of the same formats are.
func TestPointsOfTypedNumbersAreDecimal(t *testing.T) {
	const mrr = "SELECT mrr::VARCHAR FROM revenue ORDER BY revenue_id"
	line := `{"revenue_id":"%ID","time":"2026-01-01","account_id":"a1","kind":"new","mrr":%MRR,"currency":"EUR"}` + "\n"
	jsonl := func(values ...string) string {
		text := ""
		for i, v := range values {
			text += strings.NewReplacer("%ID", string(rune('a'+i)), "%MRR", v).Replace(line)
		}
		return text
	}
	im := importer(t, "")
	_, paths := folder(t, "revenue.jsonl", jsonl("1.125", "950"))
	mustImport(t, im, file.Options{}, paths...)
	expect(t, im, mrr, "113", "95000") // 1.125 is rounded to cents
	_, paths = folder(t, "revenue.jsonl", jsonl(`"1.200"`, `950`))
	if _, err := importer(t, "").Import(t.Context(), paths, file.Options{}); fault.KindOf(err) != fault.Invalid {
		t.Errorf("a JSON text 1.200 is not asked: %v", err)
	}
	im = importer(t, "")
	_, paths = folder(t, "learning.csv", "event_id,time,person_id,activity_id,verb,score\ne1,2026-01-01,p1,c1,passed,1.000\n")
	mustImport(t, im, file.Options{}, paths...)
	expect(t, im, "SELECT score::VARCHAR FROM learning", "1.0")
}

func TestPointsOfWorkbookNumbersAreDecimal(t *testing.T) {
	for value, asked := range map[any]bool{2.125: false, "2.125": true} {
		book := excelize.NewFile()
		for i, row := range [][]any{{"revenue_id", "time", "account_id", "kind", "mrr", "currency"}, {"r1", "2026-01-01", "a1", "new", value, "EUR"}} {
			if err := book.SetSheetRow("Sheet1", "A"+strconv.Itoa(i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(t.TempDir(), "revenue.xlsx")
		if err := book.SaveAs(path); err != nil {
			t.Fatal(err)
		}
		report, err := importer(t, "").Import(t.Context(), []string{path}, file.Options{})
		if got := len(report.Questions) > 0; got != asked {
			t.Errorf("a cell of the %T %v: asked is %v, %v", value, value, got, err)
		}
	}
}

func TestPointsOfParquetNumbersAreDecimal(t *testing.T) {
	for kind, asked := range map[string]bool{"DOUBLE": false, "DECIMAL(9,3)": false, "VARCHAR": true} {
		im := importer(t, "")
		path := filepath.Join(t.TempDir(), "revenue.parquet")
		if _, err := im.DB.SQL().Exec("COPY (SELECT 'r1' AS revenue_id, '2026-01-01' AS time, 'a1' AS account_id, 'new' AS kind, '2.125'::" + kind + " AS mrr, 'EUR' AS currency) TO '" + path + "' (FORMAT parquet)"); err != nil {
			t.Fatal(err)
		}
		report, err := im.Import(t.Context(), []string{path}, file.Options{})
		if got := len(report.Questions) > 0; got != asked {
			t.Errorf("%s: asked is %v, %v", kind, got, err)
		}
	}
}

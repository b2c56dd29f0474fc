package file_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/liftmark/liftmark/internal/fault"
	"github.com/liftmark/liftmark/internal/ingest/file"
	"github.com/liftmark/liftmark/internal/reference"
)

// fuzzed imports content dry. It fails on an internal error (any other is an
// answer) and on rows that are unaccounted for.
func fuzzed(t *testing.T, im *file.Importer, name string, content []byte) (file.Report, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	report, err := im.Import(t.Context(), []string{path}, file.Options{DryRun: true})
	if err != nil && fault.KindOf(err) == fault.Internal {
		t.Fatalf("internal error: %v", err)
	}
	for _, f := range report.Files {
		if c := f.Rows; c.Read != c.Added+c.Replaced+c.Unchanged+c.Duplicate+c.Rejected+c.Skipped {
			t.Errorf("rows are lost: %+v", c)
		}
	}
	return report, err
}

// FuzzCSV reads delimited text of any kind. Where encoding/csv finds regular
// records of ASCII, we find as many.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"e1,2026-01-01,a1,x\n", "e1,\"2026-01-01\",\"a\"\"1\",\"x\ny\"\r\n", "e1,2026", "\"", ",,,\n,,,", "e1;1;2;3\n", "e1,2026-01-01,a1,\xff\xfe\x00\n",
		"e1,1700000000,a1,x\re2,03/04/2026,a1,y\r", "a,b,c,\"d\"e\nf,g,h,i\n", "\r\r\r\n\n,", "e1,2026-01-01,a1,\"\r\n\"\r\ne2,2026-01-01,a1,x"} {
		f.Add([]byte(seed))
	}
	im := importer(f, "")
	f.Fuzz(func(t *testing.T, data []byte) {
		content := append([]byte("event_id,time,account_id,feature\n"), data...)
		report, err := fuzzed(t, im, "usage.csv", content)
		if err != nil || bytes.ContainsAny(data, ";\t|\r\x00") || !isASCII(data) {
			return
		}
		records, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
		if err == nil && report.Rows.Read != int64(len(records)-1) {
			t.Errorf("encoding/csv reads %d records, we read %d", len(records)-1, report.Rows.Read)
		}
	})
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// FuzzJSONL reads lines of JSON; each line that is not blank is a row.
func FuzzJSONL(f *testing.F) {
	for _, seed := range []string{`{"event_id":"e1","time":"2026-01-01","account_id":"a","feature":{"x":[1,2]}}`, `{"event_id":1e999}` + "\n{", "null\n[]\n{}", `{"a":{"a":{"a":1}},"a.a":2}`, `{"event_id":"\u0000"}`, "\x00\n\xff"} {
		f.Add([]byte(seed))
	}
	im := importer(f, "")
	f.Fuzz(func(t *testing.T, data []byte) {
		first := `{"event_id":"e0","time":"2026-01-01","account_id":"a","feature":"x"}` + "\n"
		report, err := fuzzed(t, im, "usage.jsonl", append([]byte(first), data...))
		if err != nil || !isASCII(data) || bytes.IndexByte(data, 0) >= 0 {
			return
		}
		lines := int64(1)
		for _, line := range strings.Split(string(data), "\n") {
			if strings.TrimSpace(line) != "" {
				lines++
			}
		}
		if report.Rows.Read != lines {
			t.Errorf("%d lines, %d rows read", lines, report.Rows.Read)
		}
	})
}

// FuzzAnything gives the importer any bytes under any name.
func FuzzAnything(f *testing.F) {
	f.Add("usage.csv", []byte(usageCSV))
	f.Add("usage.csv.gz", []byte(gzipped(f, usageCSV)))
	f.Add("usage.csv.zst", []byte(zstandard(f, usageCSV)))
	f.Add("usage.parquet", []byte("PAR1\x15\x04\x15\x00PAR1"))
	f.Add("usage.csv", []byte("\xff\xfee\x00v\x00"))
	f.Add("usage.xlsx", []byte(workbook(f, func(b *excelize.File) { _ = b.SetSheetRow("Sheet1", "A1", &[]any{"event_id", "time", "feature"}) })))
	im := importer(f, "")
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		name = filepath.Base(name)
		if name == "." || name == ".." || name == "/" || strings.ContainsRune(name, 0) || len(name) > 100 {
			return
		}
		_, _ = fuzzed(t, im, name, data)
	})
}

// FuzzMapping reads mappings: an error or a mapping, never a panic.
func FuzzMapping(f *testing.F) {
	for _, name := range []string{"oulad", "telco-churn"} {
		text, err := os.ReadFile(filepath.Join(reference.Root(f), "examples", name, "mapping.yaml"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("- {file: 'usage*', fact: usage, columns: {a: time, b: ~}, skip: ['a = 1']}"))
	im := importer(f, "")
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := file.ParseMapping("m.yaml", text)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("a %s error: %v", fault.KindOf(err), err)
			}
			return
		}
		path := filepath.Join(t.TempDir(), "usage.csv")
		if err := os.WriteFile(path, []byte(usageCSV), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := im.Import(t.Context(), []string{path}, file.Options{DryRun: true, Mapping: m}); err != nil && fault.KindOf(err) == fault.Internal {
			t.Fatalf("internal error: %v", err)
		}
	})
}

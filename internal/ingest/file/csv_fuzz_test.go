package file

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"testing"
)

// FuzzCSVReader: every line that is not blank lies in a record, refused or not,
// reading ends, and regular text gives the records of encoding/csv.
func FuzzCSVReader(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a,\"b\nc\"\r\n", "\"", "a,\"b\"c\n\"d\ne\n", "\"a\"\r", "\r\n\r", ",,\n\"\"\"\",", "a\"b\n\"c\"\n"} {
		f.Add([]byte(seed), uint8(0))
	}
	f.Fuzz(func(t *testing.T, data []byte, kind uint8) {
		d := dialect{delimiter: ",;\t|"[kind%4], newline: "\n\r"[kind/4%2]}
		c := newCSVReader(bytes.NewReader(data), d)
		var records [][]string
		problems := false
		for range len(data) + 2 {
			err := c.next()
			if errors.Is(err, io.EOF) {
				compareWithStandard(t, data, d, records, problems || c.strayCR)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			problems = problems || c.problem != ""
			record := []string{}
			for _, field := range c.fields {
				record = append(record, string(field))
			}
			records = append(records, record)
		}
		t.Fatalf("%d bytes gave more records than bytes", len(data))
	})
}

func compareWithStandard(t *testing.T, data []byte, d dialect, records [][]string, irregular bool) {
	if irregular || d.newline != '\n' || bytes.IndexByte(data, '\r') >= 0 {
		return
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = rune(d.delimiter), -1
	want, err := r.ReadAll()
	if err != nil {
		t.Fatalf("encoding/csv refuses (%v) what we read as %q", err, records)
	}
	if len(want) != len(records) {
		t.Fatalf("encoding/csv reads %q, we %q", want, records)
	}
	for i := range want {
		for j := range want[i] {
			if len(want[i]) != len(records[i]) || want[i][j] != records[i][j] {
				t.Fatalf("encoding/csv reads %q, we %q", want[i], records[i])
			}
		}
	}
}

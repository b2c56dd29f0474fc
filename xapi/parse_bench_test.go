package xapi_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/liftmark/liftmark/xapi"
)

// BenchmarkParse parses a statement of 1.3 KB, beside what encoding/json takes
// for the same bytes without any rule of the specification.
func BenchmarkParse(b *testing.B) {
	text, err := os.ReadFile("testdata/statement.json")
	if err != nil {
		b.Fatal(err)
	}
	b.Run("xapi", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := xapi.Parse(xapi.V1, text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("batch of 50", func(b *testing.B) {
		batch := []byte("[" + strings.Repeat(string(text)+",", 49) + string(text) + "]")
		b.SetBytes(int64(len(batch)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := xapi.ParseBatch(xapi.V1, batch); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding/json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			var into any
			if err := json.Unmarshal(text, &into); err != nil {
				b.Fatal(err)
			}
		}
	})
}

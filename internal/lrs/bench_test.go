package lrs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/liftmark/liftmark/internal/lrs"
	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/xapi"
)

// discard is a store that takes everything at once and keeps nothing.
type discard struct{ lrs.Store }

// PutStatements acknowledges.
func (discard) PutStatements(_ context.Context, batch []state.NewStatement, _ []state.Content, _ func(int, state.Statement) error) ([]int64, error) {
	return make([]int64, len(batch)), nil
}

// common is a statement such as course platforms send.
func common() string {
	return text(uuid.NewString(), uuid.NewString(),
		`"timestamp":"2026-03-04T12:00:00.123Z"`,
		`"result":{"completion":true,"success":true,"score":{"scaled":0.8},"duration":"PT3M12S"}`,
		`"context":{"registration":"`+uuid.NewString()+`","language":"en","platform":"example","contextActivities":{
			"parent":[{"id":"https://example.com/module/`+uuid.NewString()+`","definition":{"name":{"en":"Module"},"type":"http://adlnet.gov/expapi/activities/module"}}],
			"grouping":[{"id":"https://example.com/course"}],"category":[{"id":"https://w3id.org/xapi/cmi5/context/categories/cmi5"}]}}`)
}

// BenchmarkStore times what storing a parsed statement takes besides the disk.
func BenchmarkStore(b *testing.B) {
	s := lrs.New(discard{}, lrs.Options{})
	var texts []string
	for range 50 {
		texts = append(texts, common())
	}
	batch := parse(b, xapi.V1, texts...)
	b.ReportAllocs()
	b.SetBytes(int64(len(strings.Join(texts, ""))))
	for b.Loop() {
		if _, err := s.Store(b.Context(), writer, batch, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*len(batch)), "µs/statement")
}

// BenchmarkPage times a page of each format.
func BenchmarkPage(b *testing.B) {
	s := lrs.New(newStore(b), lrs.Options{})
	for range 20 {
		var texts []string
		for range 50 {
			texts = append(texts, common())
		}
		put(b, s, nil, texts...)
	}
	for _, format := range []lrs.Format{lrs.Exact, lrs.IDs, lrs.Canonical} {
		b.Run(string(format), func(b *testing.B) {
			q := lrs.Query{Limit: 50, Output: lrs.Output{Format: format, Languages: []string{"en"}}}
			for b.Loop() {
				if page, err := s.Query(b.Context(), reader, q); err != nil || len(page.Statements) != 50 {
					b.Fatal(len(page.Statements), err)
				}
			}
		})
	}
}

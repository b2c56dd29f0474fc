package stream_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/stream"
)

// feed gives changes of statements of these lengths; the odd ones are of a
// credential "a", the even ones of "b".
type feed struct {
	state.Feed
	lengths []int
}

func (f *feed) Changes(_ context.Context, after int64, n int) (list []state.Change, err error) {
	for seq := after + 1; seq <= int64(len(f.lengths)) && len(list) < n; seq++ {
		st := &state.Statement{Seq: seq, Credential: "ba"[seq%2 : seq%2+1], Body: []byte(strings.Repeat("x", f.lengths[seq-1]))}
		list = append(list, state.Change{Seq: seq, Statement: st})
	}
	return list, nil
}

// places follows to the end and gives the places of each reading's events.
func (f *feed) places(t *testing.T, q stream.Query) (readings [][]int64) {
	t.Helper()
	for after := int64(0); ; {
		events, next, err := stream.New(f).Next(t.Context(), q, after, 10)
		if err != nil || next < after {
			t.Fatalf("behind %d: %d, %v", after, next, err)
		}
		if next == after {
			return readings
		}
		after = next
		var places []int64
		for _, e := range events {
			places = append(places, e.Place)
		}
		readings = append(readings, places)
	}
}

func TestReadingsAreBoundedByBytesAndMissNothing(t *testing.T) {
	const mega = 1 << 20
	for name, tt := range map[string]struct {
		lengths []int
		query   stream.Query
		want    [][]int64
	}{
		"short":              {lengths: []int{1, 1, 1}, want: [][]int64{{1, 2, 3}}},
		"together too long":  {lengths: []int{mega / 2, mega / 2, 1, mega}, want: [][]int64{{1, 2}, {3}, {4}}},
		"each too long":      {lengths: []int{9 * mega, 9 * mega}, want: [][]int64{{1}, {2}}},
		"not asked for":      {lengths: []int{9 * mega, 1, 9 * mega, 1}, query: stream.Query{Mine: "b"}, want: [][]int64{{2, 4}}},
		"a long one at last": {lengths: []int{1, 9 * mega}, want: [][]int64{{1}, {2}}},
		"eleven":             {lengths: make([]int, 11), want: [][]int64{{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, {11}}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, (&feed{lengths: tt.lengths}).places(t, tt.query)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

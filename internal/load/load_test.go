package load_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/load"
	"github.com/liftmark/liftmark/xapi"
)

func TestEveryStatementIsValidInBothVersions(t *testing.T) {
	for _, v := range []load.Variety{load.Low, load.High, {Actors: 9, Verbs: 2, Activities: 3, Groups: true}} {
		s := load.NewSource(v, 1, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
		ids, body := s.Statements(50)
		for _, version := range []xapi.Version{xapi.V1, xapi.V2} {
			statements, err := xapi.ParseBatch(version, body)
			if err != nil {
				t.Fatal(err)
			}
			if len(statements) != 50 || statements[49].ID != ids[49] {
				t.Errorf("%d statements, the last with the id %s, want 50 and %s", len(statements), statements[len(statements)-1].ID, ids[49])
			}
		}
	}
}

func TestSameSeedSameTraffic(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	_, a := load.NewSource(load.High, 7, at).Events(20)
	_, b := load.NewSource(load.High, 7, at).Events(20)
	_, c := load.NewSource(load.High, 8, at).Events(20)
	if string(a) != string(b) || string(a) == string(c) {
		t.Error("the same seed must draw the same events, another seed others")
	}
	var batch struct{ Batch []map[string]any }
	if err := json.Unmarshal(a, &batch); err != nil || len(batch.Batch) != 20 {
		t.Errorf("%d events, %v", len(batch.Batch), err)
	}
}

func TestMeasuredCountsSuccessesAndErrors(t *testing.T) {
	calls := make([]int, 2)
	boom := errors.New("boom")
	m := load.Run(t.Context(), 2, 20*time.Millisecond, func(_ context.Context, client int) (int, error) {
		calls[client]++
		time.Sleep(time.Millisecond)
		if client == 1 {
			return 0, boom
		}
		return 10, nil
	})
	if m.Records != 10*calls[0] || m.Errors != calls[1] || m.Requests != calls[0]+calls[1] || !errors.Is(m.FirstError, boom) {
		t.Errorf("%+v after %v calls", m, calls)
	}
	if m.Quantile(0.5) < time.Millisecond || m.Quantile(0.99) < m.Quantile(0.5) {
		t.Errorf("median %v, 99th percentile %v", m.Quantile(0.5), m.Quantile(0.99))
	}
}

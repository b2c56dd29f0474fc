package sqlite_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/state"
)

func TestSmoke(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s := open(t, path, time.Now)
	r := rand.New(rand.NewPCG(1, 2))
	batch := varieties[0].batch(r, 100)
	ctx := context.Background()
	places, err := s.PutStatements(ctx, batch, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(places[:3])
	n := 0
	err = s.Statements(ctx, state.Filter{Any: [][]state.Term{{batch[0].Terms[0]}, {batch[0].Terms[1]}}, Limit: 50}, func(st state.Statement) error { n++; t.Log(st.Seq, string(st.Body[len(st.Body)-90:])); return nil })
	t.Log(n, err)
	st, err := s.Statement(ctx, batch[5].ID)
	t.Log(st.Seq, err, s.ConsistentThrough())
	c, err := s.Changes(ctx, 0, 10)
	t.Log(len(c), err, s.Check(ctx))
}

package study

import (
	"encoding/json"
	"testing"
	"time"
)

func TestLook(t *testing.T) {
	w := newWorld(ordinary(), 1)
	t0 := time.Now()
	fs, err := Run(t.Context(), w, worldPlan(), Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(time.Since(t0), w.truth)
	for _, f := range fs {
		f.EventStudy, f.Curves = nil, nil
		b, _ := json.MarshalIndent(f, "", " ")
		t.Log(string(b))
	}
}

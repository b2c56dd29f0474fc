package main

import (
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/load"
)

func TestTheRawEnginesTakeTheSameRecords(t *testing.T) {
	for name, raw := range map[string]func() (float64, error){
		"statements": func() (float64, error) { return rawStatements(load.Low, 25)(t.Context(), 50*time.Millisecond) },
		"pages":      func() (float64, error) { return rawPages(t.Context(), 50*time.Millisecond) },
		"events":     func() (float64, error) { return rawEvents(t.Context(), 50*time.Millisecond) },
	} {
		if rate, err := raw(); err != nil || rate <= 0 {
			t.Errorf("%s: %g a second, %v", name, rate, err)
		}
	}
}

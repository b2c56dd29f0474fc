package sqlite_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/liftmark/liftmark/internal/state"
	"github.com/liftmark/liftmark/internal/state/sqlite"
)

// crashPath names the store that a child process of the crash test writes to.
const crashPath = "LIFTMARK_TEST_CRASH_PATH"

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(crashPath) != "":
		writeUntilKilled(os.Getenv(crashPath))
	case os.Getenv(limitPath) != "":
		os.Exit(writeToTheLimit(os.Getenv(limitPath)))
	}
	os.Exit(m.Run())
}

// crashBatch is how many statements a batch of the crash test has.
const crashBatch = 5

// crashID names statement i of batch n of a writer in a round.
func crashID(round, writer, n, i int) string {
	return fmt.Sprintf("%08x-%04x-4000-8000-%08x%04x", round, writer, n, i)
}

// writeUntilKilled writes batches and says so after each acknowledgement.
func writeUntilKilled(path string) {
	s, err := sqlite.Open(context.Background(), path, state.Options{})
	if err != nil {
		fmt.Println("error", err)
		return
	}
	round, err := s.LastChange(context.Background())
	if err != nil {
		fmt.Println("error", err)
		return
	}
	var out sync.Mutex
	var wg sync.WaitGroup
	for writer := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				var batch []state.NewStatement
				for i := range crashBatch {
					batch = append(batch, state.NewStatement{
						ID: crashID(int(round), writer, n, i), Body: []byte(`{"x":"` + strings.Repeat("y", 300) + `"}`),
						Terms: []state.Term{{Kind: state.TermAgent, Text: "a"}, {Kind: state.TermVerb, Text: fmt.Sprint(writer)}},
					})
				}
				_, err := s.PutStatements(context.Background(), batch, nil, nil)
				out.Lock()
				fmt.Println("stored", round, writer, n, err)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestKilledStoreHasAllThatItAcknowledgedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	if err := sqlite.SetSpan(path, 64); err != nil {
		t.Fatal(err)
	}
	acknowledged := map[string]bool{}
	for round := range 4 {
		killAfter(t, path, acknowledged, 20+30*round)
		checkCrash(t, path, acknowledged)
	}
	if len(acknowledged) < 80*crashBatch {
		t.Errorf("%d statements are too few to say much", len(acknowledged))
	}
}

// killAfter runs a child and kills it when it has acknowledged some batches.
func killAfter(t *testing.T, path string, acknowledged map[string]bool, batches int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), crashPath+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for seen := 0; lines.Scan(); seen++ {
		var round, writer, n int
		var failure string
		if _, err := fmt.Sscan(strings.TrimPrefix(lines.Text(), "stored "), &round, &writer, &n, &failure); err != nil || failure != "<nil>" {
			t.Fatalf("the child says %q", lines.Text())
		}
		for i := range crashBatch {
			acknowledged[crashID(round, writer, n, i)] = true
		}
		if seen == batches {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", cmd.ProcessState)
	}
}

// checkCrash reads everything through the index.
func checkCrash(t *testing.T, path string, acknowledged map[string]bool) {
	t.Helper()
	s := openStore(t, path)
	defer s.Close()
	seen := map[string]int{}
	batches := map[string]int{}
	var last time.Time
	f := state.Filter{Any: [][]state.Term{{{Kind: state.TermAgent, Text: "a"}}}, Limit: 1 << 30, Ascending: true}
	err := s.Statements(context.Background(), f, func(st state.Statement) error {
		seen[st.ID]++
		batches[st.ID[:len(st.ID)-4]]++
		if !st.Stored.After(last) {
			t.Errorf("statement %d is stored at %s, the one before at %s", st.Seq, st.Stored, last)
		}
		last = st.Stored
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range acknowledged {
		if seen[id] != 1 {
			t.Errorf("statement %s was acknowledged and is there %d times", id, seen[id])
		}
		if _, err := s.Statement(context.Background(), id); err != nil {
			t.Error(err)
		}
	}
	for batch, n := range batches {
		if n != crashBatch {
			t.Errorf("%d of %d statements of batch %s are there", n, crashBatch, batch)
		}
	}
}

func openStore(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, state.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

package scorm

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/liftmark/liftmark/internal/fault"
)

// model is the data model as a commit has it: values by the name that content
// gives them, such as cmi.core.score.raw.
type model map[string]string

// readModel reads a commit in any of scorm-again's forms.
func readModel(body []byte) (model, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\ufeff")))
	m := model{}
	if len(body) > 0 && body[0] == '{' {
		var tree map[string]any
		if err := json.Unmarshal(body, &tree); err != nil {
			return nil, fault.New(fault.Invalid, "the commit is no valid JSON: %w", err)
		}
		m.addTree("", tree)
	} else {
		m.addPairs(string(body))
	}
	if len(m) == 0 {
		return nil, fault.New(fault.Invalid, "the commit has no cmi values; send what scorm-again makes with dataCommitFormat json, flattened or params")
	}
	return m, nil
}

// addTree adds the values of a JSON object below a name. What scorm-again calls
// runtimeData is a commit within the commit.
func (m model) addTree(under string, tree map[string]any) {
	for name, value := range tree {
		if under == "" && name == "runtimeData" {
			m.addRuntimeData(value)
			continue
		}
		m.add(join(under, name), value)
	}
}

func (m model) addRuntimeData(value any) {
	switch value := value.(type) {
	case map[string]any:
		m.addTree("", value)
	case []any:
		for _, pair := range value {
			if text, ok := pair.(string); ok {
				m.addPair(text)
			}
		}
	}
}

// add adds a value, or what is below it.
func (m model) add(name string, value any) {
	switch value := value.(type) {
	case map[string]any:
		m.addTree(name, value)
	case []any:
		for i, element := range value {
			m.add(join(name, strconv.Itoa(i)), element)
		}
	case string:
		m.set(name, value)
	case float64:
		m.set(name, strconv.FormatFloat(value, 'f', -1, 64))
	case bool:
		m.set(name, strconv.FormatBool(value))
	}
}

// set keeps a value of the data model that is not empty; others stand for none.
func (m model) set(name, value string) {
	if strings.HasPrefix(name, "cmi.") && value != "" {
		m[name] = value
	}
}

// addPairs adds name=value pairs joined with "&". scorm-again escapes nothing in
// them: a pair begins where a name of the data model does.
func (m model) addPairs(text string) {
	for text != "" {
		end := nextPair(text)
		m.addPair(strings.TrimSuffix(text[:end], "&"))
		text = text[end:]
	}
}

// nextPair gives where the second pair begins.
func nextPair(text string) int {
	end := len(text)
	for _, start := range []string{"&cmi.", "&adl."} {
		if i := strings.Index(text, start); i >= 0 && i+1 < end {
			end = i + 1
		}
	}
	return end
}

func (m model) addPair(text string) {
	if name, value, ok := strings.Cut(text, "="); ok && value != "[object Object]" {
		m.set(name, value)
	}
}

func join(under, name string) string {
	if under == "" {
		return name
	}
	return under + "." + name
}

// rows gives the rows of a list such as cmi.interactions, each with the values
// below it, by index.
func (m model) rows(list string) []model {
	byIndex := map[int]model{}
	for name, value := range m {
		rest, ok := strings.CutPrefix(name, list+".")
		if !ok {
			continue
		}
		number, below, _ := strings.Cut(rest, ".")
		index, err := strconv.Atoi(number)
		if err != nil || index < 0 {
			continue
		}
		if byIndex[index] == nil {
			byIndex[index] = model{}
		}
		byIndex[index][below] = value
	}
	indexes := make([]int, 0, len(byIndex))
	for index := range byIndex {
		indexes = append(indexes, index)
	}
	slices.Sort(indexes)
	rows := make([]model, len(indexes))
	for i, index := range indexes {
		rows[i] = byIndex[index]
	}
	return rows
}

// isOld tells SCORM 1.2, whose core is a level of its own.
func (m model) isOld() bool {
	for name := range m {
		if strings.HasPrefix(name, "cmi.core.") {
			return true
		}
	}
	return false
}

// commit is what a commit says, in the terms of neither version.
type commit struct {
	learner, learnerName string
	completed            bool
	success              *bool
	score                score
	progress             *float64 // 0 to 1
	duration             string   // of the session, ISO 8601
	suspended, final     bool
	interactions         []interaction
}

// score is a score as the data model has it: nil is not said.
type score struct{ scaled, raw, min, max *float64 }

// interaction is a question and its answer, in the terms of xAPI.
type interaction struct {
	id, kind, description string
	response              string
	correct               []string
	success               *bool
	grade                 *float64 // a result that is a number
	latency               string   // ISO 8601
	timestamp             string   // as the content told it
	row                   string   // all that the row says, to tell two answers apart
}

// commit reads the model.
func (m model) commit(most int) (*commit, error) {
	rows := m.rows("cmi.interactions")
	if len(rows) > most {
		return nil, fault.New(fault.TooLarge, "the commit has %d interactions, more than %d", len(rows), most)
	}
	c := m.commitNew
	old := m.isOld()
	if old {
		c = m.commitOld
	}
	commit := c()
	for _, row := range rows {
		if i := row.interaction(old); i.id != "" && (i.response != "" || i.success != nil || i.grade != nil) {
			commit.interactions = append(commit.interactions, i)
		}
	}
	return commit, nil
}

// commitOld reads SCORM 1.2, where one status says two things: who passed has
// completed, too. Scores are of 0 to 100 unless they say otherwise.
func (m model) commitOld() *commit {
	status := m["cmi.core.lesson_status"]
	c := &commit{
		learner: m["cmi.core.student_id"], learnerName: m["cmi.core.student_name"],
		completed: status == "completed" || status == "passed",
		score:     score{raw: number(m["cmi.core.score.raw"]), min: number(cmp.Or(m["cmi.core.score.min"], "0")), max: number(cmp.Or(m["cmi.core.score.max"], "100"))},
		duration:  timespan(m["cmi.core.session_time"]),
		suspended: m["cmi.core.exit"] == "suspend",
		final:     m["cmi.core.total_time"] != "",
	}
	if status == "passed" || status == "failed" {
		c.success = truth(status == "passed")
	}
	return c
}

// commitNew reads SCORM 2004.
func (m model) commitNew() *commit {
	c := &commit{
		learner: m["cmi.learner_id"], learnerName: m["cmi.learner_name"],
		completed: m["cmi.completion_status"] == "completed",
		score: score{
			scaled: number(m["cmi.score.scaled"]), raw: number(m["cmi.score.raw"]),
			min: number(m["cmi.score.min"]), max: number(m["cmi.score.max"]),
		},
		progress:  number(m["cmi.progress_measure"]),
		duration:  isoDuration(m["cmi.session_time"]),
		suspended: m["cmi.exit"] == "suspend",
		final:     m["cmi.total_time"] != "",
	}
	if status := m["cmi.success_status"]; status == "passed" || status == "failed" {
		c.success = truth(status == "passed")
	}
	return c
}

// interaction reads a row of cmi.interactions.
func (m model) interaction(old bool) interaction {
	i := interaction{id: m["id"], kind: interactionTypes[m["type"]], description: m["description"], timestamp: m["timestamp"], row: m.text()}
	response := cmp.Or(m["student_response"], m["learner_response"])
	for _, pattern := range m.rows("correct_responses") {
		if text := pattern["pattern"]; text != "" {
			i.correct = append(i.correct, text)
		}
	}
	i.response, i.latency = response, isoDuration(m["latency"])
	if old {
		i.latency = timespan(m["latency"])
		i.response = responseOld(i.kind, response)
		for k := range i.correct {
			i.correct[k] = responseOld(i.kind, i.correct[k])
		}
	}
	switch result := m["result"]; result {
	case "correct":
		i.success = truth(true)
	case "wrong", "incorrect":
		i.success = truth(false)
	default:
		i.grade = number(result)
	}
	return i
}

// interactionTypes are the types that xAPI knows; scorm-again takes the names
// of both versions.
var interactionTypes = map[string]string{
	"true-false": "true-false", "choice": "choice", "fill-in": "fill-in", "long-fill-in": "long-fill-in", "matching": "matching",
	"performance": "performance", "sequencing": "sequencing", "likert": "likert", "numeric": "numeric", "other": "other",
}

// text gives all values of a row in a fixed order.
func (m model) text() string {
	pairs := make([]string, 0, len(m))
	for name, value := range m {
		pairs = append(pairs, strconv.Quote(name)+":"+strconv.Quote(value))
	}
	slices.Sort(pairs)
	return strings.Join(pairs, ",")
}

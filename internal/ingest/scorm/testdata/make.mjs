// Records what scorm-again sends: commits.json holds each request of two lessons
// (SCORM 1.2 and 2004) in each form that a commit can have. The browser's
// XMLHttpRequest, fetch and sendBeacon are stood in for; the library and the
// bodies are real. Run with node after npm ci in e2e.
import { writeFileSync } from 'node:fs'

const library = name => import(new URL(`../../../../e2e/node_modules/scorm-again/dist/esm/${name}.js`, import.meta.url))
const requests = []
let scenario
const keep = (how, contentType, body) => requests.push({ scenario, how, contentType, body })

globalThis.window = globalThis
globalThis.XMLHttpRequest = class {
  open(method) { this.method = method }
  setRequestHeader(name, value) { if (name === 'Content-Type') this.type = value }
  send(body) {
    keep('xhr', this.type, body)
    this.status = 200
    this.responseText = '{"result":true,"errorCode":0}'
  }
}
globalThis.fetch = async (url, request) => {
  keep('fetch', request.headers['Content-Type'], request.body)
  return new Response('{"result":true,"errorCode":0}')
}
const pending = []
Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { onLine: true, sendBeacon(url, blob) {
  const request = { scenario, how: 'beacon', contentType: blob.type }
  requests.push(request)
  pending.push(blob.text().then(text => { request.body = text }))
  return true
} } })

const { Scorm12API } = await library('scorm12')
const { Scorm2004API } = await library('scorm2004')

const set = (api, call, values) => {
  for (const [name, value] of Object.entries(values)) {
    if (api[call](name, value) !== 'true') throw new Error(`${name}=${value}: ${api.lmsGetLastError?.() ?? api.GetLastError()}`)
  }
}

function lesson12(settings) {
  const api = new Scorm12API({ lmsCommitUrl: 'https://lrs.example.com/scorm/commit', logLevel: 5, ...settings })
  api.lmsInitialize('')
  const answers = [
    { id: 'seat price', type: 'choice', student_response: 'a,c', pattern: 'a,b', result: 'wrong', latency: '00:00:12.50', time: '10:15:30' },
    { id: 'is_true', type: 'true-false', student_response: 't', pattern: 't', result: 'correct', latency: '00:01:00', time: '10:16:30' },
    { id: 'pairs', type: 'matching', student_response: '1.a,2.b', pattern: '1.a,2.b', result: 'correct' },
    { id: 'order', type: 'sequencing', student_response: 'c,b,a', pattern: 'a,b,c', result: 'unanticipated' },
    { id: 'count', type: 'numeric', student_response: '4.5', pattern: '4.5', result: '0.5' },
    { id: 'word', type: 'fill-in', student_response: 'a & b = c, 100 %', result: 'neutral' },
  ]
  answers.forEach(({ pattern, ...values }, n) => {
    for (const [name, value] of Object.entries(values)) set(api, 'lmsSetValue', { [`cmi.interactions.${n}.${name}`]: value })
    if (pattern) set(api, 'lmsSetValue', { [`cmi.interactions.${n}.correct_responses.0.pattern`]: pattern })
  })
  set(api, 'lmsSetValue', { 'cmi.core.lesson_status': 'incomplete', 'cmi.suspend_data': 'p=1&q=2&cmi' })
  api.lmsCommit('')
  set(api, 'lmsSetValue', { 'cmi.core.score.raw': '80', 'cmi.core.score.min': '0', 'cmi.core.score.max': '100',
    'cmi.core.lesson_status': 'passed', 'cmi.core.session_time': '0001:10:05.25' })
  api.lmsFinish('')
}

function lesson2004(settings) {
  const api = new Scorm2004API({ lmsCommitUrl: 'https://lrs.example.com/scorm/commit', logLevel: 5, ...settings })
  api.Initialize('')
  set(api, 'SetValue', { 'cmi.progress_measure': '0.505', 'cmi.completion_status': 'incomplete',
    'cmi.objectives.0.id': 'urn:objective', 'cmi.objectives.0.success_status': 'passed' })
  const answers = [
    { id: 'urn:example:q1', type: 'choice', learner_response: 'a[,]b', pattern: 'a[,]b', result: 'correct', latency: 'PT12.5S',
      timestamp: '2026-03-04T10:15:30.5Z', description: '{lang=de}Größe = ?' },
    { id: 'urn:example:q2', type: 'long-fill-in', learner_response: 'Because it & is = so.', result: 'incorrect', timestamp: '2026-03-04T10:16:30' },
    { id: 'urn:example:q3', type: 'numeric', learner_response: '7', pattern: '6[:]8', result: '0.25', description: 'How many?' },
    { id: 'urn:example:q4', type: 'likert' },
  ]
  answers.forEach(({ id, type, pattern, ...values }, n) => {
    set(api, 'SetValue', { [`cmi.interactions.${n}.id`]: id, [`cmi.interactions.${n}.type`]: type })
    for (const [name, value] of Object.entries(values)) set(api, 'SetValue', { [`cmi.interactions.${n}.${name}`]: value })
    if (pattern) set(api, 'SetValue', { [`cmi.interactions.${n}.correct_responses.0.pattern`]: pattern })
  })
  set(api, 'SetValue', { 'cmi.suspend_data': 'p=1&q=2' })
  api.Commit('')
  set(api, 'SetValue', { 'cmi.progress_measure': '1', 'cmi.completion_status': 'completed', 'cmi.success_status': 'failed',
    'cmi.score.scaled': '0.45', 'cmi.score.raw': '9', 'cmi.score.min': '0', 'cmi.score.max': '20', 'cmi.session_time': 'PT10M0.5S', 'cmi.exit': 'suspend' })
  api.Terminate('')
}

const forms = {
  json: { dataCommitFormat: 'json' },
  flattened: { dataCommitFormat: 'flattened' },
  params: { dataCommitFormat: 'params' },
  common: { dataCommitFormat: 'json', renderCommonCommitFields: true },
  commonFlattened: { dataCommitFormat: 'flattened', renderCommonCommitFields: true },
  commonParams: { dataCommitFormat: 'params', renderCommonCommitFields: true },
  fetch: { dataCommitFormat: 'json', useAsynchronousCommits: true },
  beacons: { dataCommitFormat: 'json', useAsynchronousCommits: true, asyncModeBeaconBehavior: 'on-terminate' },
}
for (const [form, settings] of Object.entries(forms)) {
  for (const [lesson, play] of Object.entries({ scorm12: lesson12, scorm2004: lesson2004 })) {
    scenario = `${lesson} ${form}`
    play(settings)
    await new Promise(resolve => setTimeout(resolve, 700))
  }
}
await Promise.all(pending)
writeFileSync(new URL('commits.json', import.meta.url), JSON.stringify(requests, null, 1) + '\n')
console.log(`${requests.length} requests`)
process.exit(0)

// What the test drives: one of the two forms on the page, what was submitted, and verdicts as each renderer gives them.
import { createRoot } from 'react-dom/client';
import { Actions, coreReducer } from '@jsonforms/core';
import Ajv2020 from 'ajv/dist/2020.js';
import { formats, fromRecord } from './guide/form.js';
import { RjsfForm, validator } from './guide/rjsf.jsx';
import { JsonFormsForm, ajv } from './guide/json_forms.jsx';

let root;

window.show = (renderer, ui, start) => {
  root?.unmount();
  window.submitted = null;
  root = createRoot(document.getElementById('form'));
  const Form = renderer === 'rjsf' ? RjsfForm : JsonFormsForm;
  root.render(<Form ui={ui} start={start} onSubmit={(record) => { window.submitted = record; }} />);
};

const accepts = {
  rjsf: (ui, filled) => validator.validateFormData(filled, ui.schema).errors.length === 0,
  json_forms: (ui, filled) => coreReducer(undefined, Actions.init(filled, ui.schema, ui.json_forms, { ajv })).errors.length === 0,
};

window.verdicts = (renderer, ui, records) => records.map((record) => accepts[renderer](ui, fromRecord(record, ui.places)));

// What an Ajv of the strictest setting complains about: nothing, where it takes the schema as it stands.
window.complaints = (schema) => {
  const said = [];
  const log = (...words) => said.push(words.join(' '));
  const ajv = new Ajv2020({ formats: { ...formats, date: true }, logger: { log, warn: log, error: log } });
  try {
    ajv.compile(schema);
  } catch (error) {
    log(error.message);
  }
  return said;
};

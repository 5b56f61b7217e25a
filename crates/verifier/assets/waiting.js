// The store was busy: the same form is sent again in a moment.
const form = document.querySelector("form");
setTimeout(() => form.submit(), 2000);

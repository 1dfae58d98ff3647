// Where no zone was chosen yet, the one of this computer is put into the field.
"use strict";
const zones = document.querySelector("select[data-own-zone]");
const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zones && zones.value === "" && own && [...zones.options].some((option) => option.value === own)) zones.value = own;
